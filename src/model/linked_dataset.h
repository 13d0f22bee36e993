// A saved dataset a second time, without taking the space twice.
#pragma once

#include <filesystem>

#include "base/error.h"

namespace haina {

// Makes the folder `to` with the files of `from`, as hard links where the file system has them.
Status link_dataset(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace haina
