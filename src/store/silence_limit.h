// A limit on how long a database server may be silent. A server that is stopped or hangs keeps its connections open and
// answers nothing, so neither time-outs of TCP nor those that the server keeps itself would end the wait.
#pragma once

#include <chrono>
#include <cstdint>

namespace haina {

// While it exists, the socket is shut down once the time is over: whoever waits for it gets an error. One thread for
// all of them looks about ten times a second.
class SilenceLimit {
 public:
  // socket: -1 has no effect. It must stay open while the limit exists.
  SilenceLimit(int socket, std::chrono::seconds limit);
  SilenceLimit(const SilenceLimit&) = delete;
  SilenceLimit& operator=(const SilenceLimit&) = delete;
  ~SilenceLimit();

 private:
  int64_t number_ = 0;  // 0: none
};

}  // namespace haina
