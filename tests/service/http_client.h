// An HTTP client with one connection and one request at a time, written by hand so that tests see the bytes.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace haina {

struct Reply {
  int status = 0;  // 0: the connection broke
  std::string head, body;
  nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
  // The value of a header field, which must be spelled as the server does; "" if missing.
  std::string header(const std::string& name) const {
    const size_t at = head.find("\r\n" + name + ": ");
    const size_t begin = at + name.size() + 4;
    return at == std::string::npos ? "" : head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

class HttpClient {
 public:
  // Called by every client with each reply that request() gets, on the client's thread. Set it while none is in use.
  static inline std::function<void(const std::string& method, const std::string& target, const Reply&)> on_reply;

  explicit HttpClient(uint16_t port) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    timeval patience = {.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient() { ::close(socket_); }
  bool connected() const { return connected_; }

  bool send(const std::string& bytes) const {
    for (size_t sent = 0; sent < bytes.size();) {
      const ssize_t done = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (done <= 0) {
        return false;
      }
      sent += static_cast<size_t>(done);
    }
    return true;
  }
  Reply receive() {
    Reply reply;
    size_t end = std::string::npos;
    while ((end = left_.find("\r\n\r\n")) == std::string::npos) {
      if (!more()) {
        return reply;
      }
    }
    reply.head = left_.substr(0, end);
    left_.erase(0, end + 4);
    const size_t length_at = reply.head.find("Content-Length: ");
    const size_t length = length_at == std::string::npos ? 0 : std::stoul(reply.head.substr(length_at + 16));
    while (left_.size() < length) {
      if (!more()) {
        return reply;
      }
    }
    reply.body = left_.substr(0, length);
    left_.erase(0, length);
    reply.status = std::stoi(reply.head.substr(9, 3));
    return reply;
  }
  Reply request(const std::string& method, const std::string& target, const std::string& body = "",
                const std::string& type = "application/json", const std::string& more_head = "") {
    const std::string head = method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + more_head +
                             "Content-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size()) +
                             "\r\n\r\n";
    const Reply reply = send(head + body) ? receive() : Reply{};
    if (on_reply && reply.status != 0) {
      on_reply(method, target, reply);
    }
    return reply;
  }
  Reply get(const std::string& target) { return request("GET", target); }
  Reply post(const std::string& target, const nlohmann::json& body) { return request("POST", target, body.dump()); }
  Reply put(const std::string& target, const nlohmann::json& body) { return request("PUT", target, body.dump()); }

 private:
  bool more() {
    char buffer[65536];
    const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
    left_.append(buffer, got > 0 ? static_cast<size_t>(got) : 0);
    return got > 0;
  }
  int socket_ = -1;
  bool connected_ = false;
  std::string left_;
};

}  // namespace haina
