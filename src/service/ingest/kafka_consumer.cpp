#include "service/ingest/kafka_consumer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <future>
#include <map>
#include <memory>
#include <regex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "service/api/event_json.h"
#include "service/http/parse_json.h"

namespace haina {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using AppendResult = Result<std::vector<Appended>>;  // what became of each event of a batch

constexpr int kMostMessages = 1000;  // in a batch, which also ends at kMostEvents events and after kTickMs
constexpr int kTickMs = 25;          // also the interval at which the source looks for a stop request
constexpr milliseconds kShortestPause{50}, kLongestPause{800};  // between attempts to write to the store
constexpr milliseconds kWarnAgain{60'000};
constexpr milliseconds kLastWait{700};                       // for the store, then for the broker, when the source ends
constexpr size_t kLongestUrl = 2000, kLongestWarning = 300;  // bytes

template <class T, auto kDestroy>
using Owned = std::unique_ptr<T, decltype([](T* pointer) { kDestroy(pointer); })>;
using Partitions = Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;

// What is read, and as whom.
struct Topics {
  std::string brokers, group;
  std::vector<std::string> names;
};

Result<Topics> parse_url(const std::string& url) {
  static const std::regex form(
      R"(kafka://([^\s/@?#,]+:[1-9]\d{0,4}(?:,[^\s/@?#,]+:[1-9]\d{0,4})*)/([\w.-]{1,249})(?:\?group=([^&\s]+))?)");
  std::smatch found;
  if (url.size() > kLongestUrl || !std::regex_match(url, found, form)) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is not the URL of a Kafka topic", url), "--events",
                 "write kafka://HOST:PORT[,HOST:PORT]/TOPIC[?group=NAME], for example kafka://127.0.0.1:9092/clicks"});
  }
  return Topics{.brokers = found[1], .group = found[3].matched ? found[3].str() : "", .names = {found[2]}};
}

tl::unexpected<Error> wrong_property(const std::string& name, std::string what, std::string hint) {
  return fail({ErrorCode::kInvalidArgument, std::move(what), "kafka." + name, std::move(hint)});
}

// Of the URL and the settings together.
Result<Topics> topics_of(const std::string& url, const KafkaSettings& settings) {
  Topics topics;
  if (!url.empty()) {
    HAINA_TRY(topics, parse_url(url));
  }
  for (const std::string& name : settings.topics) {
    if (std::ranges::find(topics.names, name) == topics.names.end()) {
      topics.names.push_back(name);
    }
  }
  const auto take = [&](const char* name, std::string& into) -> Status {
    const auto found = settings.properties.find(name);
    if (found != settings.properties.end() && !into.empty() && into != found->second) {
      return wrong_property(name, fmt::format("{} is '{}' here and '{}' in --events", name, found->second, into),
                            "give it in one place");
    }
    into = found != settings.properties.end() ? found->second : into;
    return ok();
  };
  HAINA_OK(take("bootstrap.servers", topics.brokers));
  HAINA_OK(take("group.id", topics.group));
  topics.group = topics.group.empty() ? "haina" : topics.group;
  if (topics.brokers.empty()) {
    return wrong_property("bootstrap.servers", "no broker is named",
                          "write \"bootstrap.servers\" = \"HOST:9092\" in [serve.kafka], or give --events");
  }
  return topics;
}

// The client's configuration: ours, then the settings. kInvalidArgument as KafkaSource::start says.
Status configure(rd_kafka_conf_t* conf, const Topics& topics, const KafkaSettings& settings) {
  // After kill -9 the partitions are free after 10 s, not 45; a topic that is created later is found after 10 s, not 5
  // minutes.
  const std::pair<const char*, std::string> ours[] = {
      {"bootstrap.servers", topics.brokers}, {"group.id", topics.group},
      {"auto.offset.reset", "earliest"},     {"log.connection.close", "false"},
      {"session.timeout.ms", "10000"},       {"topic.metadata.refresh.interval.ms", "10000"}};
  for (const auto& [name, value] : ours) {
    const auto set = rd_kafka_conf_set(conf, name, value.c_str(), nullptr, 0);
    HAINA_ASSERT(set == RD_KAFKA_CONF_OK);
  }
  for (const auto& [name, value] : settings.properties) {
    if (name == "enable.auto.commit" || name == "enable.auto.offset.store") {
      return wrong_property(name, fmt::format("{} cannot be set", name),
                            "leave it out: an offset is committed when the store has its events");
    }
    std::array<char, 512> why = {};
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why.data(), why.size()) != RD_KAFKA_CONF_OK) {
      return wrong_property(name, why.data(), "see librdkafka's CONFIGURATION.md for names and values");
    }
  }
  for (const char* const name : {"enable.auto.commit", "enable.auto.offset.store"}) {
    const auto set = rd_kafka_conf_set(conf, name, "false", nullptr, 0);
    HAINA_ASSERT(set == RD_KAFKA_CONF_OK);
  }
  return ok();
}

int64_t now_us() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()).time_since_epoch().count();
}

Result<std::vector<LiveEvent>> parse_message(std::string_view payload) {
  const Result<Json> whole = parse_body(payload, "message");
  if (!whole || !whole->is_object()) {
    return parse_event_lines(payload);
  }
  return parse_events(whole->contains("events") ? std::string(payload) : fmt::format(R"({{"events":[{}]}})", payload));
}

// Tells messages apart that have the same offset in topics of the same name, the second made after the first was
// deleted.
std::string hash_of(int64_t stamp_ms, std::string_view payload) {
  constexpr size_t kDigits = 16;
  Sha256 hash;
  hash.add(&stamp_ms, sizeof stamp_ms);
  hash.add(payload.data(), payload.size());
  return hash.hex().substr(0, kDigits);
}

// The events of a message; its position and time replace missing ids and times.
Result<std::vector<LiveEvent>> events_of(const rd_kafka_message_t& message, std::string_view payload) {
  const int64_t begun_us = now_us();
  HAINA_TRY(std::vector<LiveEvent> events, parse_message(payload));
  const int64_t ended_us = now_us();
  if (events.empty()) {
    return fail({ErrorCode::kBadData, "no event in the message", "message", R"(send {"user": "42", "item": "7"})"});
  }
  const int64_t stamp_ms = rd_kafka_message_timestamp(&message, nullptr);
  const int64_t sent_us = 1000 * std::min(stamp_ms, ended_us / 1000);
  const std::string hash = hash_of(stamp_ms, payload);
  for (int64_t n = 0; LiveEvent & event : events) {
    const char* const topic = rd_kafka_topic_name(message.rkt);
    const std::string position =
        fmt::format("kafka {} {} {} {} {}", topic, message.partition, message.offset, n++, hash);
    event.id = event.id.empty() ? position : event.id;
    if (event.time_us >= begun_us && event.time_us <= ended_us &&
        sent_us >= 0) {  // no time was given: the parser set now
      event.time_us = sent_us;
    }
  }
  return events;
}

struct Batch {
  std::vector<LiveEvent> events = {};
  Partitions done{rd_kafka_topic_partition_list_new(kMostMessages)};  // the offset after each message
  int64_t unreadable = 0;
};

}  // namespace

// Its functions run on its thread, and so do librdkafka's callbacks, which polling calls.
struct KafkaSource::Reader {
  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const Batch batch = collect();
      if (batch.done->cnt > 0 && write(batch, stop)) {
        rd_kafka_offsets_store(kafka.get(), batch.done.get());  // skips partitions that have moved to another reader
        uncommitted = true;
      }
      if (std::exchange(uncommitted, false)) {
        rd_kafka_commit(kafka.get(), nullptr, 1);
      }
    }
    close();
  }

  Batch collect() {
    Batch batch;
    const auto until = Clock::now() + milliseconds(kTickMs);
    while (batch.done->cnt < kMostMessages && batch.events.size() < kMostEvents && Clock::now() < until) {
      const Owned<rd_kafka_message_t, rd_kafka_message_destroy> message(rd_kafka_consumer_poll(kafka.get(), kTickMs));
      if (message && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        read(*message, batch);
      } else if (message) {
        warn(rd_kafka_err2name(message->err), rd_kafka_message_errstr(message.get()));
      }
    }
    return batch;
  }

  void read(const rd_kafka_message_t& message, Batch& batch) {
    const char* const topic = rd_kafka_topic_name(message.rkt);
    rd_kafka_topic_partition_list_add(batch.done.get(), topic, message.partition)->offset = message.offset + 1;
    const std::string_view payload(static_cast<const char*>(message.payload), message.payload ? message.len : 0);
    const Result<std::vector<LiveEvent>> events = events_of(message, payload);
    if (events) {
      batch.events.insert(batch.events.end(), events->begin(), events->end());
      return;
    }
    ++batch.unreadable;
    Json line = {{"topic", topic}, {"partition", message.partition}, {"offset", message.offset}};
    line["what"] = fmt::format("{}: {}", events.error().at, events.error().what).substr(0, kLongestWarning);
    log_warning("a Kafka message is skipped: " + line.dump(-1, ' ', false, Json::error_handler_t::replace));
    const bool utf8 = is_valid_utf8(payload);
    line[utf8 ? "message" : "latin1"] = utf8 ? std::string(payload) : latin1_to_utf8(payload);
    if (!(rejects << line.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl)) {
      warn("rejects", "skipped messages cannot be written to the rejects file");
      rejects.clear();
    }
  }

  // Returns false if the source ends before the store has the batch.
  bool write(const Batch& batch, const std::stop_token& stop) {
    AppendResult is_new;
    for (milliseconds pause = kShortestPause; !batch.events.empty(); pause = std::min(2 * pause, kLongestPause)) {
      const auto promise = std::make_shared<std::promise<AppendResult>>();
      std::future<AppendResult> answer = promise->get_future();
      if (!queue.enqueue(batch.events, [promise](const AppendResult& result) { promise->set_value(result); })) {
        promise->set_value(fail({ErrorCode::kIo, "too many events are waiting to be written", "", "wait"}));
      }
      while (answer.wait_for(milliseconds(kTickMs)) != std::future_status::ready) {
        if (stop.stop_requested() && answer.wait_for(kLastWait) != std::future_status::ready) {
          return false;
        }
      }
      if (is_new = answer.get(); is_new) {
        break;
      }
      warn("store", fmt::format("its events cannot be stored: {}", is_new.error().what));
      std::this_thread::sleep_for(pause);
      if (stop.stop_requested()) {
        return false;
      }
    }
    const int64_t accepted = std::ranges::count(*is_new, Appended::kNew);
    on_batch(accepted, std::ssize(*is_new) - accepted, batch.unreadable);
    return true;
  }

  // Waits for commits in flight, then leaves the group, so that other readers need not wait for a session time-out.
  void close() {
    const auto until = Clock::now() + kLastWait;
    const Owned<rd_kafka_queue_t, rd_kafka_queue_destroy> last(rd_kafka_queue_new(kafka.get()));
    rd_kafka_error_destroy(rd_kafka_consumer_close_queue(kafka.get(), last.get()));
    while (rd_kafka_consumer_closed(kafka.get()) == 0) {
      if (Clock::now() >= until) {
        return static_cast<void>(kafka.release());  // destroying it would wait for a frozen broker, 20 s and more
      }
      rd_kafka_queue_poll_callback(last.get(), kTickMs);
    }
  }

  // Logs a warning, at most once a minute for each kind.
  void warn(const std::string& kind, const std::string& what) {
    if (Clock::time_point& next = next_warning[kind]; Clock::now() >= next) {
      next = Clock::now() + kWarnAgain;
      log_warning(
          fmt::format("Kafka topic {} at {}: {}; retrying", fmt::join(topics.names, ", "), topics.brokers, what));
    }
  }

  const Topics topics;
  CommitQueue& queue;
  const OnBatch on_batch;
  std::ofstream rejects;
  std::map<std::string, Clock::time_point> next_warning = {};  // the earliest time for another warning, by kind
  bool uncommitted = false;  // the store has messages beyond the last commit that was sent
  Owned<rd_kafka_t, rd_kafka_destroy> kafka = {};
  std::jthread thread = {};  // last, since it uses all of the above
};

KafkaSource::KafkaSource(std::unique_ptr<Reader> reader) : reader_(std::move(reader)) {}
KafkaSource::~KafkaSource() = default;

Result<std::unique_ptr<KafkaSource>> KafkaSource::start(const std::string& url, const KafkaSettings& settings,
                                                        CommitQueue& queue, OnBatch on_batch,
                                                        const std::string& rejects) {
  HAINA_TRY(Topics topics, topics_of(url, settings));
  std::ofstream file(rejects.empty() ? "/dev/null" : rejects, std::ios::app);
  if (!file) {
    return fail(io_error(rejects, "cannot open"));
  }
  std::unique_ptr<Reader> reader(new Reader{std::move(topics), queue, std::move(on_batch), std::move(file)});
  Owned<rd_kafka_conf_t, rd_kafka_conf_destroy> owned(rd_kafka_conf_new());
  rd_kafka_conf_t* const conf = owned.get();
  HAINA_OK(configure(conf, reader->topics, settings));
  rd_kafka_conf_set_opaque(conf, reader.get());
  rd_kafka_conf_set_log_cb(conf, nullptr);  // what matters also reaches the error callback
  rd_kafka_conf_set_error_cb(conf, [](rd_kafka_t*, int error, const char* reason, void* self) {
    if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {  // each of them has been reported already
      static_cast<Reader*>(self)->warn(rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(error)), reason);
    }
  });
  rd_kafka_conf_set_offset_commit_cb(conf, [](rd_kafka_t*, rd_kafka_resp_err_t error, auto*, void* self) {
    static_cast<Reader*>(self)->uncommitted |= error && error != RD_KAFKA_RESP_ERR__NO_OFFSET;  // commit again
  });
  std::array<char, 512> why = {};
  reader->kafka.reset(rd_kafka_new(RD_KAFKA_CONSUMER, conf, why.data(), why.size()));
  if (!reader->kafka) {
    return wrong_property("", fmt::format("the Kafka client does not start: {}", why.data()),
                          "check the properties of [serve.kafka], and the limits on threads and open files");
  }
  static_cast<void>(owned.release());  // it belongs to the client now
  rd_kafka_poll_set_consumer(reader->kafka.get());
  const Partitions wanted(rd_kafka_topic_partition_list_new(1));
  for (const std::string& name : reader->topics.names) {
    rd_kafka_topic_partition_list_add(wanted.get(), name.c_str(), RD_KAFKA_PARTITION_UA);
  }
  const auto subscribed = rd_kafka_subscribe(reader->kafka.get(), wanted.get());
  HAINA_ASSERT(subscribed == RD_KAFKA_RESP_ERR_NO_ERROR);
  reader->thread = std::jthread([raw = reader.get()](const std::stop_token& stop) { raw->run(stop); });
  return std::unique_ptr<KafkaSource>(new KafkaSource(std::move(reader)));
}

}  // namespace haina
