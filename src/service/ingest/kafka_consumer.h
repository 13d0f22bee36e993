// Reads events from a Kafka topic into the store: each event once, however often the broker delivers it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "config/kafka_settings.h"
#include "store/commit_queue.h"

namespace haina {

// A message is an event as POST /v1/events takes it ({"user", "item", …}), {"events": […]}, or one event on each line.
// An event without an id gets one from its message, "kafka TOPIC PARTITION OFFSET N HASH" with N counting within the
// message and HASH made of the message's time and bytes, so that a redelivery after a crash is recognized, and a
// message that has the same offset in a topic made anew under the same name is not taken for the earlier one. (The
// topic's UUID would say the same; librdkafka tells it from version 2.4 on.) An event without a time gets the
// message's.
//
// A message's offset is committed after the store has its events. While the store fails, nothing is committed, and the
// same events are enqueued again after 0.05 to 0.8 seconds. A message that cannot be read is skipped as a whole: it is
// logged with its position and the error, and appended to the rejects file if there is one.
class KafkaSource {
 public:
  // Gets the counts of one batch: new events, events that the store had already or whose user was forgotten since,
  // messages that could not be read.
  // Called on the source's thread, after the store has the events.
  using OnBatch = std::function<void(int64_t accepted, int64_t known, int64_t unreadable)>;

  // url: "kafka://HOST:PORT[,HOST:PORT]/TOPIC[?group=NAME]", default group "haina"; empty: all is in `settings`, with
  // the brokers as bootstrap.servers. Sources of one group share the topics' partitions; a new group begins at the
  // oldest message. settings: further topics, and properties that are passed on to librdkafka. rejects: a file of JSON
  // lines {"topic", "partition", "offset", "what", "message" (or "latin1", if it is not UTF-8)}; empty: none. Returns
  // at once, whether or not a broker answers: it retries for ever, with one warning a minute. kInvalidArgument for
  // another URL, and for a property that librdkafka does not know or take, with its own words, at "kafka.NAME"; kIo or
  // kNotFound if rejects cannot be opened. `queue` must outlive the source.
  static Result<std::unique_ptr<KafkaSource>> start(const std::string& url, const KafkaSettings& settings,
                                                    CommitQueue& queue, OnBatch on_batch,
                                                    const std::string& rejects = "");
  KafkaSource(const KafkaSource&) = delete;
  KafkaSource& operator=(const KafkaSource&) = delete;
  // Commits the offsets of what the store has, and ends within 2 seconds. The rest is delivered again at the next
  // start.
  ~KafkaSource();

 private:
  struct Reader;
  explicit KafkaSource(std::unique_ptr<Reader> reader);
  std::unique_ptr<Reader> reader_;
};

}  // namespace haina
