// A file of clicks for tests that need a whole project: every user takes a few items, one after the other.
#pragma once

#include <filesystem>
#include <fstream>
#include <functional>

namespace haina {

// user,item,time: "u<user>" takes "i<item_of(user, nth)>", a day or so apart.
inline void write_clicks(const std::filesystem::path& file, int users, int each,
                         const std::function<int64_t(int user, int nth)>& item_of) {
  std::ofstream clicks(file);
  clicks << "user,item,time\n";
  for (int user = 0; user < users; ++user) {
    for (int nth = 0; nth < each; ++nth) {
      clicks << "u" << user << ",i" << item_of(user, nth) << "," << 1700000000 + 100000 * nth + user << "\n";
    }
  }
}

}  // namespace haina
