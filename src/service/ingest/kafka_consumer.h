// Events out of a Kafka topic, into the store: once each, however often the broker delivers them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "store/commit_queue.h"

namespace haina {

// A message is an event as POST /v1/events takes it ({"user", "item", …}), {"events": […]}, or events one a line. Where
// an event has no id, its place becomes one, "kafka TOPIC PARTITION OFFSET N", N counting within the message: what
// comes again after a crash is known by it. So a topic that is made anew needs another name, since its offsets start
// again. Where an event has no time, it is the message's.
//
// A message's offset is committed once the store has its events. While the store fails, nothing is committed, and the
// same events are handed in again after 0.05 to 0.8 seconds. A message that cannot be read is skipped whole: logged
// with its place and what is wrong, and appended to the rejects where there are any.
class KafkaSource {
 public:
  // Of one batch: events that are new, events that the store had, messages that could not be read. Called on the
  // source's thread, after the store has the events.
  using OnBatch = std::function<void(int64_t accepted, int64_t known, int64_t unreadable)>;

  // url: "kafka://HOST:PORT[,HOST:PORT]/TOPIC[?group=NAME]", group "haina" if not said. Sources of one group share the
  // topic's partitions; a new group begins at the oldest message. rejects: a file, JSON lines {"topic", "partition",
  // "offset", "what", "message" (or "latin1", where it is not UTF-8)}; empty: none.
  // Returns at once, whether or not a broker answers: it is tried again for ever, with a warning a minute.
  // kInvalidArgument for another URL, kIo or kNotFound where rejects cannot be opened. `queue` must outlive the source.
  static Result<std::unique_ptr<KafkaSource>> start(const std::string& url, CommitQueue& queue, OnBatch on_batch,
                                                    const std::string& rejects = "");
  KafkaSource(const KafkaSource&) = delete;
  KafkaSource& operator=(const KafkaSource&) = delete;
  // Commits what the store has, and ends within 2 seconds: what it has not is delivered again at the next start.
  ~KafkaSource();

 private:
  struct Reader;
  explicit KafkaSource(std::unique_ptr<Reader> reader);
  std::unique_ptr<Reader> reader_;
};

}  // namespace haina
