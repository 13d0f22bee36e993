#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "format_files.h"

namespace haina {
namespace {

using NpyFormat = FormatFiles;

std::string npy(const std::string& header, const std::string& numbers) {
  std::string text = std::string("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(header.size() & 0xFF);
  text += static_cast<char>(header.size() >> 8);
  return text + header + numbers;
}

template <class Number>
std::string bytes_of(const std::vector<Number>& numbers) {
  return std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number));
}

const std::vector<ColumnConfig> kVectors = {column("#row", "item"), column("vector", "", "vector")};
const std::string kMatrix = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";

TEST_F(NpyFormat, NpyRowsAreVectorsOfTheirNumber) {
  const auto check = [&](const std::string& type, const std::string& numbers) {
    const auto result =
        read("v.npy", npy("{'descr': '" + type + "', 'fortran_order': False, 'shape': (2, 3), }\n", numbers), kVectors);
    ASSERT_TRUE(result) << to_text(result.error());
    EXPECT_EQ(text_at(*result, "item", 1), "1");
    const auto lists = std::static_pointer_cast<arrow::ListArray>(result->table->GetColumnByName("vector")->chunk(0));
    EXPECT_EQ(std::static_pointer_cast<arrow::DoubleArray>(lists->value_slice(1))->Value(2), 6);
  };
  check("<f2", bytes_of<uint16_t>({0x3C00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600}));  // the bits of 1 to 6
  // The bytes that numpy.save writes of ml_dtypes.bfloat16: the upper halves of float32.
  const std::string bfloat16 = bytes_of<uint16_t>({0x3F80, 0x4000, 0x4040, 0x4080, 0x40A0, 0x40C0});
  check("<V2", bfloat16);
  check("bfloat16", bfloat16);
  check("|i1", bytes_of<int8_t>({1, 2, 3, 4, 5, 6}));
  check("|u1", bytes_of<uint8_t>({1, 2, 3, 4, 5, 6}));
  check("<i2", bytes_of<int16_t>({1, 2, 3, 4, 5, 6}));
  check("<u2", bytes_of<uint16_t>({1, 2, 3, 4, 5, 6}));
  check("<u4", bytes_of<uint32_t>({1, 2, 3, 4, 5, 6}));
  check("<u8", bytes_of<uint64_t>({1, 2, 3, 4, 5, 6}));
  check("<f4", bytes_of<float>({1, 2, 3, 4, 5, 6}));
  check("<f8", bytes_of<double>({1, 2, 3, 4, 5, 6}));
  check("<i4", bytes_of<int32_t>({1, 2, 3, 4, 5, 6}));
  check("<i8", bytes_of<int64_t>({1, 2, 3, 4, 5, 6}));
  const auto infinite = read("v.npy", npy(kMatrix, bytes_of<float>({1, 2, 3, INFINITY, 5, 6})), kVectors);
  ASSERT_TRUE(infinite) << to_text(infinite.error());
  EXPECT_EQ(infinite->first_rejects.at(0).code, "number");
  EXPECT_EQ(infinite->first_rejects.at(0).line, 2);
}

TEST_F(NpyFormat, BytesOfNoTypeAreRefusedInWords) {
  for (const char* const type : {"|V2", "<V1", "|V4", ">f4", "<c8", "<f16"}) {
    const auto result = read(
        "v.npy", npy(std::string("{'descr': '") + type + "', 'fortran_order': False, 'shape': (1, 1), }\n", "abcdefgh"),
        kVectors);
    ASSERT_FALSE(result) << type;
    EXPECT_EQ(result.error().code, ErrorCode::kUnsupported);
    EXPECT_NE(result.error().what.find(type), std::string::npos) << result.error().what;
    EXPECT_NE(result.error().hint.find("save"), std::string::npos);
    EXPECT_EQ(result.error().what.find("does not say") != std::string::npos, type[1] == 'V') << result.error().what;
  }
}

class BrokenNpy : public NpyFormat, public testing::WithParamInterface<BrokenFile> {};

TEST_P(BrokenNpy, IsRefusedWithItsByte) {
  const auto result = read("v.npy", GetParam().text, kVectors, "npy");
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().at.find(GetParam().at), std::string::npos) << to_text(result.error());
  EXPECT_FALSE(result.error().hint.empty());
}

INSTANTIATE_TEST_SUITE_P(
    All, BrokenNpy,
    testing::Values(
        BrokenFile{"no_magic", "user,item\n1,2\n3,4\n", "byte 0"}, BrokenFile{"magic_alone", "\x93NUMPY", "byte 0"},
        BrokenFile{"version_9", std::string("\x93NUMPY\x09\x00\x01\x00    ", 14), "byte 6"},
        BrokenFile{"header_beyond_end", std::string("\x93NUMPY\x01\x00\xFF\xFFxx", 12), "byte 8"},
        BrokenFile{"header_of_4_gb", std::string("\x93NUMPY\x02\x00\xFF\xFF\xFF\xFF", 12), "byte 8"},
        BrokenFile{"no_dict", npy("hello world", ""), "byte 10"},
        BrokenFile{"objects", npy("{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }", ""), "byte 10"},
        BrokenFile{"fortran", npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", std::string(24, '\0')),
                   "byte 10"},
        BrokenFile{"cube", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3), }", std::string(24, '\0')),
                   "byte 10"},
        BrokenFile{"negative",
                   npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 3), }", std::string(24, '\0')),
                   "byte 10"},
        BrokenFile{"overflow", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", ""),
                   "byte"},
        BrokenFile{"cut", npy(kMatrix, std::string(20, '\0')), "byte"},
        BrokenFile{"longer", npy(kMatrix, std::string(28, '\0')), "byte"},
        BrokenFile{"half_a_number", npy(kMatrix, std::string(25, '\0')), "byte"},
        BrokenFile{"no_columns",
                   npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9000000000000000000, 0), }", ""), "byte"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace haina
