// A client of one request after the other on one connection, by hand, so that the tests see the bytes.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace haina {

struct Reply {
  int status = 0;  // 0: the connection broke
  std::string head, body;
  nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
};

class HttpClient {
 public:
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
    const std::string head = method + " " + target + " HTTP/1.1\r\nHost: test\r\n" + more_head +
                             "Content-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size()) +
                             "\r\n\r\n";
    return send(head + body) ? receive() : Reply{};
  }
  Reply get(const std::string& target) { return request("GET", target); }
  Reply post(const std::string& target, const nlohmann::json& body) { return request("POST", target, body.dump()); }

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
