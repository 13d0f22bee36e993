// URLs of databases in messages: without their passwords.
#pragma once

#include <string>

namespace haina {

// "postgresql://user:…@host/database?password=…"; what has no password stays as it is.
std::string without_password(const std::string& url);
// A text in which each URL and each password=… is shown so.
std::string without_passwords(const std::string& text);

}  // namespace haina
