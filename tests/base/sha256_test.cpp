#include "base/sha256.h"

#include <gtest/gtest.h>

#include <string>

namespace haina {
namespace {

// The examples of FIPS 180-4.
TEST(Sha256, OfPartsIsThatOfTheWhole) {
  Sha256 abc;
  abc.add("a", 1);
  abc.add("bc", 2);
  EXPECT_EQ(abc.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256().hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(ToHex, GivesTwoDigitsAByte) {
  const unsigned char bytes[] = {0x00, 0x0f, 0xa0, 0xff};
  EXPECT_EQ(to_hex(bytes), "000fa0ff");
}

}  // namespace
}  // namespace haina
