#include "media/decoder_process.h"

#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

extern char** environ;

namespace haina::media {
namespace fs = std::filesystem;
namespace {

constexpr const char* kProgram = "haina-media";

// Beside the running program, one folder above it (tests), or where HAINA_MEDIA says.
Result<std::string> program() {
  if (const char* const given = std::getenv("HAINA_MEDIA"); given != nullptr && *given != '\0') {
    return std::string(given);
  }
  std::error_code code;
  const fs::path own = fs::read_symlink("/proc/self/exe", code).parent_path();
  for (const fs::path& path : {own / kProgram, own.parent_path() / kProgram}) {
    if (fs::is_regular_file(path, code)) {
      return path.string();
    }
  }
  return fail({ErrorCode::kNotFound, "the program haina-media, which decodes pictures, sounds and films, is missing",
               (own / kProgram).string(), "install it beside haina, or set HAINA_MEDIA to its path"});
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) {
    return fmt::format("decoding it ended the decoder by signal {} ({})", WTERMSIG(status),
                       ::strsignal(WTERMSIG(status)));
  }
  return fmt::format("decoding it ended the decoder with code {}", WEXITSTATUS(status));
}

}  // namespace

Status DecoderProcess::start() {
  if (process_ > 0) {
    return ok();
  }
  HAINA_TRY(std::string path, program());
  std::array<int, 2> ends = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return fail({ErrorCode::kIo, fmt::format("cannot start a decoder: {}", std::strerror(errno)), path,
                 "raise the limit of open files"});
  }
  posix_spawn_file_actions_t actions = {};
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  const std::array<char*, 2> arguments = {path.data(), nullptr};
  const int code = ::posix_spawn(&process_, path.c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (code != 0) {
    ::close(ends[0]);
    process_ = -1;
    return fail({ErrorCode::kIo, fmt::format("cannot start a decoder: {}", std::strerror(code)), path,
                 "free memory, or check the file's rights"});
  }
  socket_ = ends[0];
  return ok();
}

std::string DecoderProcess::end() {
  if (socket_ >= 0) {
    ::close(socket_);
    socket_ = -1;
  }
  if (process_ <= 0) {
    return "";
  }
  int status = 0;
  const bool by_itself = ::waitpid(process_, &status, WNOHANG) == process_;
  if (!by_itself) {
    ::kill(process_, SIGKILL);
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
  }
  process_ = -1;
  return by_itself ? how_it_ended(status) : "";
}

Status DecoderProcess::send(std::string_view request) {
  while (!request.empty()) {
    const ssize_t sent = ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) {
      continue;
    }
    if (sent <= 0) {
      const std::string how = end();
      return fail({ErrorCode::kIo, how.empty() ? "the decoder is gone" : how, "", "try the file with another program"});
    }
    request.remove_prefix(static_cast<size_t>(sent));
  }
  return ok();
}

Status DecoderProcess::read_exactly(char* into, size_t count, double seconds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (count > 0) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd ready = {socket_, POLLIN, 0};
    const int polled = left <= 0 ? 0 : ::poll(&ready, 1, static_cast<int>(left));
    if (polled < 0 && errno == EINTR) {
      continue;
    }
    if (polled <= 0) {
      end();
      return fail(
          {ErrorCode::kIo, fmt::format("decoding it took longer than {:g} s", seconds), "", "give a smaller file"});
    }
    const ssize_t got = ::recv(socket_, into, count, 0);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      // The process closes its end a moment before it can be waited for.
      siginfo_t about = {};
      ::waitid(P_PID, static_cast<id_t>(process_), &about, WEXITED | WNOWAIT);
      const std::string how = end();
      return fail({ErrorCode::kIo, how.empty() ? "the decoder ended" : how, "", "try the file with another program"});
    }
    into += got;
    count -= static_cast<size_t>(got);
  }
  return ok();
}

Result<Frame> DecoderProcess::receive(double seconds) {
  std::array<char, 5> head = {};
  HAINA_OK(read_exactly(head.data(), head.size(), seconds));
  uint32_t size = 0;
  std::memcpy(&size, head.data() + 1, sizeof size);
  if (size > kMostFrameBytes) {
    end();
    return fail({ErrorCode::kIo, "the decoder's answer is damaged", "", "try the file with another program"});
  }
  Frame frame = {static_cast<FrameTag>(head[0]), std::string(size, '\0')};
  HAINA_OK(read_exactly(frame.bytes.data(), size, seconds));
  return frame;
}

}  // namespace haina::media
