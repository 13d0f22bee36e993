#include "data/formats/byte_scanner.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/seed.h"

namespace haina {
namespace {

TEST(ByteScanner, FindsWhatAPlainLoopFinds) {
  RandomStream random(2, "marks_test");
  for (const size_t length : {0UL, 1UL, 15UL, 63UL, 64UL, 65UL, 127UL, 128UL, 129UL, 1000UL}) {
    for (const int64_t rarity : {1, 3, 200}) {
      std::string text(length + 3, 'x');
      for (char& c : text) {
        const int64_t draw = random.below(2 * rarity);
        c = draw == 0 ? ',' : draw == 1 ? '\n' : static_cast<char>('a' + random.below(26));
      }
      for (size_t begin = 0; begin < 3; ++begin) {  // misaligned
        const std::string_view part = std::string_view(text).substr(begin, length);
        std::vector<size_t> want, got;
        for (size_t i = 0; i < part.size(); ++i) {
          if (part[i] == ',' || part[i] == '\n') {
            want.push_back(i);
          }
        }
        ByteScanner scanner(part, ',', '\n');
        for (size_t place = scanner.next(); place < part.size(); place = scanner.next()) {
          got.push_back(place);
        }
        EXPECT_EQ(got, want);
        EXPECT_EQ(scanner.next(), part.size());
      }
    }
  }
}

}  // namespace
}  // namespace haina
