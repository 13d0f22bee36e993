// One haina-media process: asked for one thing at a time, ended and started anew when a file has broken it.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/error.h"
#include "media/protocol.h"

namespace haina::media {

// A frame of the process's answer.
struct Frame {
  FrameTag tag = FrameTag::kDone;
  std::string bytes = {};
};

class DecoderProcess {
 public:
  DecoderProcess() = default;
  DecoderProcess(const DecoderProcess&) = delete;
  DecoderProcess& operator=(const DecoderProcess&) = delete;
  ~DecoderProcess() { end(); }

  // Starts the process unless it runs. kNotFound without the program beside this one.
  Status start();
  // kIo where the process is gone; the text says how it ended.
  Status send(std::string_view request);
  // kIo where the process has ended or said nothing for so long; it is then ended, and start() begins a new one.
  Result<Frame> receive(double seconds);

 private:
  // Ends the process; how it ended by itself, in words, where it did.
  std::string end();
  Status read_exactly(char* into, size_t count, double seconds);

  pid_t process_ = -1;
  int socket_ = -1;
};

}  // namespace haina::media
