// Media sources through prepare: vectors of the items that other sources know, decoded once, with what is broken in
// rejects/.
#include "pipeline/read_media.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/files.h"
#include "base/tar.h"
#include "pipeline/changed_files.h"
#include "pipeline/prepare.h"

namespace haina {
namespace {
namespace fs = std::filesystem;

fs::path samples() { return fs::path(HAINA_SOURCE_DIR) / "tests" / "media" / "samples"; }

constexpr const char* kEvents = R"(
[project]
name = "shop"
[[source]]
name = "clicks"
kind = "events"
path = "clicks.csv"
columns = { user = "user", item = "item" }
[[source]]
name = "photos"
kind = "media"
)";

class ReadMedia : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_read_media_" + std::to_string(::getpid()) + "_" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_ / "photos");
    put("clicks.csv", "user,item\nanna,1\nbert,2\nbert,3\ncarl,4\n");
  }
  void TearDown() override { fs::remove_all(folder_); }
  void put(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  void copy(const std::string& sample, const std::string& name) {
    fs::copy_file(samples() / sample, folder_ / name, fs::copy_options::overwrite_existing);
  }
  Dataset prepared(const std::string& source) {
    put("haina.toml", kEvents + source);
    const Config config = load_config(folder_ / "haina.toml").value();
    Result<Dataset> dataset = run_prepare(config, {});
    EXPECT_TRUE(dataset) << to_text(dataset.error());
    return std::move(dataset).value();
  }
  static const Field* field(const Dataset& dataset, const std::string& name) {
    for (const Field& field : dataset.fields) {
      if (field.full_name() == name) {
        return &field;
      }
    }
    return nullptr;
  }
  // The vector of an item, empty where it has none.
  static std::vector<float> vector_of(const Dataset& dataset, const std::string& name, const std::string& item) {
    const Field* const found = field(dataset, name);
    if (found == nullptr) {
      return {};
    }
    const int32_t row = dataset.items.find(item).value();
    const float* const begin = found->numbers.const_data_ptr<float>() + row * found->numbers.size(1);
    return found->present()[row].item<bool>() ? std::vector<float>(begin, begin + found->numbers.size(1))
                                              : std::vector<float>();
  }
  static std::vector<float> features_of(const std::string& sample) {
    return extract_files(std::vector<fs::path>{samples() / sample}, {}).value().front().picture;
  }
  static nlohmann::json about(const Dataset& dataset) { return dataset.quality.at("sources").at(1); }
  fs::path folder_;
};

TEST_F(ReadMedia, APatternGivesItemsTheirPictures) {
  copy("red.png", "photos/1.png");
  copy("blue.bmp", "photos/2.bmp");
  copy("green.gif", "photos/unknown.gif");
  put("photos/3.jpg", "no picture");
  const Dataset dataset = prepared("path = \"photos/{item}.*\"\n");
  EXPECT_EQ(vector_of(dataset, "photos.picture", "1"), features_of("red.png"));
  EXPECT_EQ(vector_of(dataset, "photos.picture", "2"), features_of("blue.bmp"));
  EXPECT_TRUE(vector_of(dataset, "photos.picture", "3").empty());
  EXPECT_TRUE(vector_of(dataset, "photos.picture", "4").empty());
  EXPECT_EQ(field(dataset, "photos.sound"), nullptr);
  EXPECT_FALSE(dataset.items.find("unknown"));
  EXPECT_EQ(about(dataset).at("read"), 4);
  EXPECT_EQ(about(dataset).at("rejected"), 1);
  const std::string rejects = read_text(folder_ / "rejects" / "photos.csv").value();
  EXPECT_NE(rejects.find("photos/3.jpg"), std::string::npos) << rejects;
  EXPECT_NE(rejects.find("no picture, sound or film"), std::string::npos) << rejects;
}

TEST_F(ReadMedia, SoundsAndFilmsAreFieldsOfTheirOwn) {
  copy("a440.mp3", "photos/1.mp3");
  copy("test.mp4", "photos/2.mp4");
  const Dataset dataset = prepared("path = \"photos/{item}.*\"\n");
  EXPECT_EQ(vector_of(dataset, "photos.sound", "1").size(), 88U);
  EXPECT_TRUE(vector_of(dataset, "photos.picture", "1").empty());
  EXPECT_EQ(vector_of(dataset, "photos.picture", "2").size(), 296U);
  EXPECT_EQ(vector_of(dataset, "photos.motion", "2").size(), 4U);
  EXPECT_EQ(vector_of(dataset, "photos.sound", "2").size(), 88U);
}

TEST_F(ReadMedia, ImagesForNetworksOfItsOwnAreReadWhereAskedFor) {
  copy("red.png", "photos/1.png");
  copy("test.mp4", "photos/2.mp4");
  copy("a440.mp3", "photos/3.mp3");
  const std::string source = "path = \"photos/{item}.*\"\n";
  EXPECT_EQ(field(prepared(source), "photos.picture_pixels"), nullptr);
  const Dataset pictures = prepared(source + "encode = { picture = \"cnn\" }\n");
  const Field* const pixels = field(pictures, "photos.picture_pixels");
  ASSERT_NE(pixels, nullptr);
  EXPECT_EQ(field(pictures, "photos.sound_spectrogram"), nullptr);
  EXPECT_EQ(pixels->type, FieldType::kImage);
  EXPECT_EQ(pixels->images.sizes().slice(1), (std::vector<int64_t>{3, 32, 32}));
  const auto row_of = [](const Dataset& dataset, const char* item) { return dataset.items.find(item).value(); };
  EXPECT_TRUE(pixels->present()[row_of(pictures, "1")].item<bool>());
  EXPECT_TRUE(pixels->present()[row_of(pictures, "2")].item<bool>());
  EXPECT_FALSE(pixels->present()[row_of(pictures, "3")].item<bool>());
  const at::Tensor red = pixels->images[row_of(pictures, "1")];
  EXPECT_GT(red[0].min().item<int>(), 250);
  EXPECT_LT(red.narrow(0, 1, 2).max().item<int>(), 5);
  EXPECT_EQ(vector_of(pictures, "photos.picture", "1"), features_of("red.png"));
  const Dataset both = prepared(source + "encode = { picture = \"cnn\", sound = \"cnn\" }\n");
  const Field* const sounds = field(both, "photos.sound_spectrogram");
  ASSERT_NE(sounds, nullptr);
  EXPECT_EQ(sounds->images.sizes().slice(1), (std::vector<int64_t>{1, 32, 64}));
  EXPECT_EQ(sounds->present().sum().item<int64_t>(), 2);
  EXPECT_EQ(about(both).at("detected").at("decoded"), 0);  // remembered with the images
  EXPECT_TRUE(at::equal(field(both, "photos.picture_pixels")->images[row_of(both, "1")], red));
}

TEST_F(ReadMedia, OnlyNewContentsAreDecoded) {
  copy("red.png", "photos/1.png");
  copy("red.png", "photos/2.png");  // equal contents
  copy("test.webp", "photos/3.png");
  const std::string source = "path = \"photos/{item}.png\"\n";
  EXPECT_EQ(about(prepared(source)).at("detected").at("decoded"), 2);
  copy("blue.bmp", "photos/2.png");
  const Dataset second = prepared(source);
  EXPECT_EQ(about(second).at("detected").at("decoded"), 1);
  EXPECT_EQ(vector_of(second, "photos.picture", "2"), features_of("blue.bmp"));
  fs::rename(folder_ / "photos" / "3.png", folder_ / "photos" / "4.png");
  const Dataset third = prepared(source);
  EXPECT_EQ(about(third).at("detected").at("decoded"), 0);
  EXPECT_EQ(vector_of(third, "photos.picture", "4"), features_of("test.webp"));
  EXPECT_TRUE(vector_of(third, "photos.picture", "3").empty());
}

TEST_F(ReadMedia, AnArchiveIsReadWithoutUnpacking) {
  TarWriter tar = TarWriter::create(folder_ / "photos.tar").value();
  for (const auto& [name, sample] : {std::pair{"./small/1.png", "red.png"}, std::pair{"./small/2.bmp", "blue.bmp"},
                                     std::pair{"./big/1.png", "test.webp"}}) {
    const std::string bytes = read_text(samples() / sample).value();
    ASSERT_TRUE(tar.begin_file(name, bytes.size()) && tar.write(bytes));
  }
  ASSERT_TRUE(tar.close());
  const std::string source = "path = \"photos.tar/small/{item}.*\"\n";
  const Dataset dataset = prepared(source);
  EXPECT_EQ(vector_of(dataset, "photos.picture", "1"), features_of("red.png"));
  EXPECT_EQ(vector_of(dataset, "photos.picture", "2"), features_of("blue.bmp"));
  EXPECT_EQ(about(dataset).at("detected").at("decoded"), 3);
  put("clicks.csv", "user,item\nanna,1\nbert,2\nbert,3\ncarl,4\ncarl,1\n");
  EXPECT_EQ(about(prepared(source)).at("detected").at("decoded"), 0);
}

TEST_F(ReadMedia, ATableNamesTheFilesAndSeveralOfOneItemAreTheirMean) {
  copy("red.png", "photos/x.png");
  copy("blue.bmp", "photos/y.bmp");
  put("photos.csv", "product,file\n1,photos/x.png\n1,photos/y.bmp\n2,photos/y.bmp\n3,photos/missing.png\n");
  const std::string source = "path = \"photos.csv\"\ncolumns = { item = \"product\", file = \"text\" }\n";
  const Dataset dataset = prepared(source);
  const std::vector<float> red = features_of("red.png"), blue = features_of("blue.bmp"),
                           both = vector_of(dataset, "photos.picture", "1");
  ASSERT_EQ(both.size(), red.size());
  for (size_t i = 0; i < both.size(); ++i) {
    EXPECT_NEAR(both[i], (red[i] + blue[i]) / 2, 1e-6);
  }
  EXPECT_EQ(vector_of(dataset, "photos.picture", "2"), blue);
  EXPECT_EQ(about(dataset).at("rejected"), 1);
  // A picture that the table names counts among the files that may have changed.
  const Config config = load_config(folder_ / "haina.toml").value();
  EXPECT_FALSE(files_have_changed(config, dataset));
  copy("test.webp", "photos/y.bmp");
  EXPECT_TRUE(files_have_changed(config, dataset));
}

TEST_F(ReadMedia, PicturesOfUsersAreNotKept) {
  copy("red.png", "photos/anna.png");
  const std::string source = "path = \"photos/{user}.png\"\n";
  const Dataset dataset = prepared(source);
  EXPECT_EQ(field(dataset, "photos.picture")->side, Side::kUser);
  EXPECT_EQ(field(dataset, "photos.picture")->present().sum().item<int64_t>(), 1);
  put("clicks.csv", "user,item\nanna,1\nbert,2\n");
  EXPECT_EQ(about(prepared(source)).at("detected").at("decoded"), 1) << "nothing of a user is remembered";
  EXPECT_FALSE(fs::exists(folder_ / "media-features.safetensors"));
}

TEST_F(ReadMedia, WithoutOneGoodFileTheSourceIsLeftOut) {
  put("photos/1.png", "no picture");
  const Dataset dataset = prepared("path = \"photos/{item}.png\"\n");
  EXPECT_EQ(field(dataset, "photos.picture"), nullptr);
  EXPECT_EQ(about(dataset).at("rejected"), 1);
}

TEST_F(ReadMedia, PatternsThatSayNothingAreErrors) {
  copy("red.png", "photos/1.png");
  const auto error_of = [&](const std::string& source) {
    put("haina.toml", kEvents + source);
    const auto dataset = run_prepare(load_config(folder_ / "haina.toml").value(), {});
    return dataset ? std::string("none") : to_text(dataset.error());
  };
  EXPECT_NE(error_of("path = \"photos/1.png\"\n").find("{item}"), std::string::npos);
  EXPECT_NE(error_of("path = \"photos/{item}.jpg\"\n").find("no file matches"), std::string::npos);
  put("photos.tar", "no archive");
  EXPECT_NE(error_of("path = \"photos.tar/{item}.jpg\"\n").find("photos.tar"), std::string::npos);
  put("photos.csv", "product,file\n1,photos/x.png\n");
  EXPECT_NE(error_of("path = \"photos.csv\"\ncolumns = { item = \"product\" }\n").find("column of paths"),
            std::string::npos);
}

TEST_F(ReadMedia, RenamedAndShuffledIdsKeepTheirPictures) {
  copy("red.png", "photos/1.png");
  copy("blue.bmp", "photos/2.png");
  const std::string source = "path = \"photos/{item}.png\"\n";
  const Dataset plain = prepared(source), shuffled = prepared(source + "[clean]\nshuffle_seed = 5\n");
  const Field* const field_plain = field(plain, "photos.picture");
  const Field* const field_shuffled = field(shuffled, "photos.picture");
  ASSERT_NE(field_shuffled, nullptr);
  EXPECT_EQ(field_plain->present().sum().item<int64_t>(), 2);
  EXPECT_EQ(field_shuffled->present().sum().item<int64_t>(), 2);
}

}  // namespace
}  // namespace haina
