#include "service/kafka_source.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <future>
#include <map>
#include <regex>
#include <thread>

#include "base/files.h"
#include "base/log.h"
#include "data/delimited.h"
#include "service/events_json.h"
#include "service/json_body.h"

namespace haina {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using Fresh = Result<std::vector<bool>>;  // what the store says of a batch

constexpr int64_t kMostMessages = 1000;  // a batch, or kMostEvents events
constexpr milliseconds kTick{50};        // from a batch's first message on; between looks at whether the source ends
constexpr milliseconds kShortestPause{50}, kLongestPause{800}, kWarnAgain{60'000};
constexpr milliseconds kLastAnswer{800}, kLastTalk{600};       // of the store, with the broker: when the source ends
constexpr size_t kLongestUrl = 2000, kLongestComplaint = 300;  // bytes
constexpr int64_t kDayUs = 86'400'000'000;

template <class T, auto kDestroy>
using Owned = std::unique_ptr<T, decltype([](T* pointer) { kDestroy(pointer); })>;
using Partitions = Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;

struct Place {
  std::string brokers, topic, group;
};

Result<Place> parse_url(const std::string& url) {
  static const std::regex form(
      R"(kafka://([^\s/@?#,]+:[1-9]\d{0,4}(?:,[^\s/@?#,]+:[1-9]\d{0,4})*)/([\w.-]{1,249})(?:\?group=([^&\s]+))?)");
  std::smatch found;
  if (url.size() > kLongestUrl || !std::regex_match(url, found, form)) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' names no Kafka topic", url), "--events",
                 "write kafka://HOST:PORT[,HOST:PORT]/TOPIC[?group=NAME], for example kafka://127.0.0.1:9092/clicks"});
  }
  return Place{.brokers = found[1], .topic = found[2], .group = found[3].matched ? found[3].str() : "haina"};
}

int64_t now_us() {
  using std::chrono::microseconds;
  return std::chrono::duration_cast<microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Result<std::vector<LiveEvent>> parse_message(std::string_view payload) {
  const Result<Json> whole = parse_body(payload, "message");
  if (!whole || !whole->is_object()) {
    return parse_event_lines(payload);
  }
  return parse_events(whole->contains("events") ? std::string(payload) : fmt::format(R"({{"events":[{}]}})", payload));
}

// With what the message knows of them where they say nothing themselves.
Result<std::vector<LiveEvent>> events_of(const rd_kafka_message_t& message, std::string_view payload) {
  const int64_t begun_us = now_us();
  HAINA_TRY(std::vector<LiveEvent> events, parse_message(payload));
  const int64_t ended_us = now_us();
  if (events.empty()) {
    return fail({ErrorCode::kBadData, "has no event", "message", R"(send {"user": "42", "item": "7"})"});
  }
  rd_kafka_timestamp_type_t kind{};  // -1 where there is none
  const int64_t sent_us = 1000 * std::min(rd_kafka_message_timestamp(&message, &kind), ended_us);  // no overflow
  for (size_t n = 0; n < events.size(); ++n) {
    LiveEvent& event = events[n];
    if (event.id.empty()) {
      event.id =
          fmt::format("kafka {} {} {} {}", rd_kafka_topic_name(message.rkt), message.partition, message.offset, n);
    }
    if (event.time_us >= begun_us && event.time_us <= ended_us && sent_us >= 0 && sent_us < ended_us + kDayUs) {
      event.time_us = sent_us;  // it had none: the parser wrote now
    }
  }
  return events;
}

struct Batch {
  std::vector<LiveEvent> events = {};
  std::map<int32_t, int64_t> next = {};  // of each partition: the offset after its last message
  int64_t messages = 0, unreadable = 0;
};

}  // namespace

// Its functions run on its thread, and so do librdkafka's callbacks: polling serves them.
struct KafkaSource::Reader {
  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const Batch batch = collect();
      if (batch.messages > 0 && write(batch, stop)) {
        const Partitions done(rd_kafka_topic_partition_list_new(1));
        for (const auto& [partition, next] : batch.next) {
          rd_kafka_topic_partition_list_add(done.get(), place.topic.c_str(), partition)->offset = next;
        }
        rd_kafka_offsets_store(kafka.get(), done.get());  // not of partitions that another reader has by now
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
    Clock::time_point until = Clock::now() + kTick;
    while (batch.messages < kMostMessages && batch.events.size() < kMostEvents && Clock::now() < until) {
      const auto left = std::chrono::floor<milliseconds>(until - Clock::now()) + milliseconds(1);
      const Owned<rd_kafka_message_t, rd_kafka_message_destroy> message(
          rd_kafka_consumer_poll(kafka.get(), static_cast<int>(left.count())));
      if (message && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        until = batch.messages++ == 0 ? Clock::now() + kTick : until;
        read(*message, batch);
      } else if (message) {
        complain(rd_kafka_err2name(message->err), rd_kafka_message_errstr(message.get()));
      }
    }
    return batch;
  }

  void read(const rd_kafka_message_t& message, Batch& batch) {
    batch.next[message.partition] = message.offset + 1;
    const std::string_view payload(static_cast<const char*>(message.payload), message.payload ? message.len : 0);
    const Result<std::vector<LiveEvent>> events = events_of(message, payload);
    if (events) {
      std::ranges::copy(*events, std::back_inserter(batch.events));
      return;
    }
    ++batch.unreadable;
    Json line = {{"topic", place.topic}, {"partition", message.partition}, {"offset", message.offset}};
    line["what"] = fmt::format("{}: {}", events.error().at, events.error().what).substr(0, kLongestComplaint);
    log_warning("a Kafka message is skipped: " + line.dump(-1, ' ', false, Json::error_handler_t::replace));
    const bool utf8 = is_valid_utf8(payload);
    line[utf8 ? "message" : "latin1"] = utf8 ? std::string(payload) : latin1_to_utf8(payload);
    if (!(rejects << line.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl)) {
      complain("rejects", "messages that are skipped are not written to the rejects");
      rejects.clear();
    }
  }

  // False: the source ends, and the store has not taken it.
  bool write(const Batch& batch, const std::stop_token& stop) {
    Fresh fresh;
    for (milliseconds pause = kShortestPause; !batch.events.empty(); pause = std::min(2 * pause, kLongestPause)) {
      const auto told = std::make_shared<std::promise<Fresh>>();
      std::future<Fresh> answer = told->get_future();
      if (!queue.hand_in(batch.events, [told](const Fresh& result) { told->set_value(result); })) {
        told->set_value(fail({ErrorCode::kIo, "too many events wait to be written", "", "wait"}));
      }
      for (auto until = Clock::now(); answer.wait_for(kTick) != std::future_status::ready;) {
        until = stop.stop_requested() ? until : Clock::now() + kLastAnswer;
        if (Clock::now() >= until) {
          return false;
        }
      }
      if (fresh = answer.get(); fresh) {
        break;
      }
      complain("store", fmt::format("the store does not take its events: {}", fresh.error().what));
      std::this_thread::sleep_for(pause);
      if (stop.stop_requested()) {
        return false;
      }
    }
    const int64_t accepted = std::ranges::count(*fresh, true);
    on_batch(accepted, std::ssize(*fresh) - accepted, batch.unreadable);
    return true;
  }

  // Waits for the commits on their way, then leaves the group, so that others need not wait for this reader's time-out.
  void close() {
    const auto until = Clock::now() + kLastTalk;
    const Owned<rd_kafka_queue_t, rd_kafka_queue_destroy> last(rd_kafka_queue_new(kafka.get()));
    const Owned<rd_kafka_error_t, rd_kafka_error_destroy> error(rd_kafka_consumer_close_queue(kafka.get(), last.get()));
    while (!error && rd_kafka_consumer_closed(kafka.get()) == 0 && Clock::now() < until) {
      rd_kafka_queue_poll_callback(last.get(), static_cast<int>(kTick.count()));
    }
  }

  void complain(const std::string& kind, const std::string& what) {  // of one kind once a minute
    if (Clock::time_point& next = complaints[kind]; Clock::now() >= next) {
      next = Clock::now() + kWarnAgain;
      log_warning(fmt::format("Kafka topic {} at {}: {}; it is tried again", place.topic, place.brokers, what));
    }
  }

  const Place place;
  CommitQueue& queue;
  const OnBatch on_batch;
  std::ofstream rejects;
  std::map<std::string, Clock::time_point> complaints = {};  // when the next of a kind may come
  bool uncommitted = false;                                  // the store has messages beyond the last commit sent
  // It goes without another close(), which would wait for a broker that is away.
  Owned<rd_kafka_t, [](rd_kafka_t* it) { rd_kafka_destroy_flags(it, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE); }> kafka =
      {};
  std::jthread thread = {};  // last: it uses all of the above
};

KafkaSource::KafkaSource(std::unique_ptr<Reader> reader) : reader_(std::move(reader)) {}
KafkaSource::~KafkaSource() = default;

Result<std::unique_ptr<KafkaSource>> KafkaSource::start(const std::string& url, CommitQueue& queue, OnBatch on_batch,
                                                        const std::string& rejects) {
  HAINA_TRY(Place place, parse_url(url));
  std::ofstream file(rejects.empty() ? "/dev/null" : rejects, std::ios::app);
  if (!file) {
    return fail(io_error(rejects, "cannot open"));
  }
  std::unique_ptr<Reader> reader(new Reader{std::move(place), queue, std::move(on_batch), std::move(file)});
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  std::string trouble(512, '\0');
  // After kill -9 the partitions are free in 10 s, not 45; a topic made later is seen in 10 s, not in 5 minutes.
  const std::pair<const char*, std::string> settings[] = {
      {"bootstrap.servers", reader->place.brokers}, {"group.id", reader->place.group},
      {"auto.offset.reset", "earliest"},            {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},        {"log.connection.close", "false"},
      {"session.timeout.ms", "10000"},              {"topic.metadata.refresh.interval.ms", "10000"}};
  for (const auto& [name, value] : settings) {
    const auto set = rd_kafka_conf_set(conf, name, value.c_str(), trouble.data(), trouble.size());
    HAINA_ASSERT(set == RD_KAFKA_CONF_OK);
  }
  rd_kafka_conf_set_opaque(conf, reader.get());
  rd_kafka_conf_set_log_cb(conf, nullptr);  // what matters of it comes to the error callback too
  rd_kafka_conf_set_error_cb(conf, [](rd_kafka_t*, int error, const char* reason, void* self) {
    if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {  // said of each of them already
      static_cast<Reader*>(self)->complain(rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(error)), reason);
    }
  });
  rd_kafka_conf_set_offset_commit_cb(
      conf, [](rd_kafka_t*, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t*, void* self) {
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR__NO_OFFSET) {
          static_cast<Reader*>(self)->uncommitted = true;
          static_cast<Reader*>(self)->complain("commit", fmt::format("no commit: {}", rd_kafka_err2str(error)));
        }
      });
  reader->kafka.reset(rd_kafka_new(RD_KAFKA_CONSUMER, conf, trouble.data(), trouble.size()));
  if (!reader->kafka) {
    rd_kafka_conf_destroy(conf);
    return fail({ErrorCode::kIo, trouble.c_str(), "--events", "check the limits on threads and open files"});
  }
  rd_kafka_poll_set_consumer(reader->kafka.get());
  const Partitions topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), reader->place.topic.c_str(), RD_KAFKA_PARTITION_UA);
  const auto subscribed = rd_kafka_subscribe(reader->kafka.get(), topics.get());
  HAINA_ASSERT(subscribed == RD_KAFKA_RESP_ERR_NO_ERROR);
  reader->thread = std::jthread([raw = reader.get()](const std::stop_token& stop) { raw->run(stop); });
  return std::unique_ptr<KafkaSource>(new KafkaSource(std::move(reader)));
}

}  // namespace haina
