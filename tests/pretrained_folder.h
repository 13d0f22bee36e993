// Where tests find the networks of tools/fetch_encoders.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace haina {

inline std::filesystem::path pretrained_folder() {
  const char* const given = std::getenv("HAINA_ENCODERS");
  return given != nullptr && *given != '\0' ? std::filesystem::path(given)
                                            : std::filesystem::path(HAINA_SOURCE_DIR) / "build" / "encoders";
}

}  // namespace haina

#define NEEDS_NETWORKS()                                                                \
  if (!std::filesystem::exists(haina::pretrained_folder() / ".stamp")) {                \
    GTEST_SKIP() << "no networks in " << haina::pretrained_folder()                     \
                 << ": run tools/fetch_encoders build/encoders, or set HAINA_ENCODERS"; \
  }
