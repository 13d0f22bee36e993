// Against Python's tokenizers and onnxruntime (reference.json, made by make_reference.py) with the networks that
// tools/fetch_encoders brings; and what is said where a folder holds no network.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "base/files.h"
#include "pretrained/picture_network.h"
#include "pretrained/text_network.h"
#include "pretrained_folder.h"

namespace haina {
namespace {
namespace fs = std::filesystem;
using Json = nlohmann::json;

const fs::path kSource = HAINA_SOURCE_DIR;

fs::path encoders() { return pretrained_folder(); }

Json reference() { return read_json(kSource / "tests" / "pretrained" / "reference.json").value(); }

double largest_difference(const std::vector<float>& made, const Json& expected) {
  double largest = made.size() < expected.size() ? 1 : 0;
  for (size_t i = 0; i < std::min(made.size(), expected.size()); ++i) {
    largest = std::max(largest, std::abs(made[i] - expected[i].get<double>()));
  }
  return largest;
}

// A folder of its own for a test, removed at its end.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("haina_networks_" + std::to_string(getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path operator/(const std::string& name) const { return path_ / name; }
  const fs::path& path() const { return path_; }
  void put(const std::string& name, const std::string& text) const { std::ofstream(path_ / name) << text; }

 private:
  fs::path path_;
};

TEST(Tokenizer, CutsTextsOfManyLanguagesAsPythonDoes) {
  NEEDS_NETWORKS();
  for (const char* const name : {"minilm", "wordllama"}) {
    const Tokenizer tokenizer = Tokenizer::load(encoders() / name / "tokenizer.json", 256).value();
    for (const Json& one : reference()["texts"]) {
      const auto ids = tokenizer.ids(one["text"].get<std::string>(), std::string(name) == "minilm").value();
      EXPECT_EQ(Json(ids), one[name]["ids"]) << name << ": " << one["text"];
    }
  }
}

TEST(Tokenizer, TakesBytesThatAreNoUtf8) {
  NEEDS_NETWORKS();
  const Tokenizer tokenizer = Tokenizer::load(encoders() / "minilm" / "tokenizer.json", 8).value();
  EXPECT_TRUE(tokenizer.ids("caf\xE9 \xFF\xFE", true));
  EXPECT_LE(tokenizer.ids(std::string(100000, 'x') + " y z a b c d e f g h", true).value().size(), 8U);
}

TEST(TextNetwork, GivesTheVectorsOfPythonsRuntime) {
  NEEDS_NETWORKS();
  for (const auto& [name, width] : {std::pair{"minilm", 384}, std::pair{"wordllama", 256}}) {
    const auto network = TextNetwork::load(encoders() / name);
    ASSERT_TRUE(network) << to_text(network.error());
    EXPECT_EQ(network->width(), width);
    for (const Json& one : reference()["texts"]) {
      const auto vector = network->encode(one["text"].get<std::string>());
      ASSERT_TRUE(vector) << to_text(vector.error());
      EXPECT_LT(largest_difference(*vector, one[name]["vector"]), 1e-4) << name << ": " << one["text"];
    }
  }
}

TEST(TextNetwork, GivesEqualVectorsFromManyThreads) {
  NEEDS_NETWORKS();
  const TextNetwork network = TextNetwork::load(encoders() / "minilm").value();
  const std::vector<float> alone = network.encode("the same text").value();
  std::vector<std::vector<float>> made(4);
  {
    std::vector<std::jthread> threads;
    for (auto& one : made) {
      threads.emplace_back([&] { one = network.encode("the same text").value(); });
    }
  }
  for (const auto& one : made) {
    EXPECT_EQ(one, alone);
  }
}

TEST(PictureNetwork, GivesAnInnerTensorAsPythonsRuntimeDoes) {
  NEEDS_NETWORKS();
  const auto network = PictureNetwork::load(encoders() / "resnet");
  ASSERT_TRUE(network) << to_text(network.error());
  std::vector<uint8_t> pixels;
  for (int y = 0; y < 224; ++y) {
    for (int x = 0; x < 224; ++x) {
      pixels.insert(pixels.end(), {static_cast<uint8_t>((7 * x + 3 * y) % 256), static_cast<uint8_t>((5 * x) % 256),
                                   static_cast<uint8_t>((11 * y) % 256)});
    }
  }
  const auto vector = network->encode(pixels);
  ASSERT_TRUE(vector) << to_text(vector.error());
  EXPECT_EQ(std::ssize(*vector), reference()["picture"]["width"].get<int64_t>());
  EXPECT_LT(largest_difference(*vector, reference()["picture"]["vector"]), 1e-4);
  EXPECT_FALSE(network->encode(std::vector<uint8_t>(10)));
}

TEST(NetworkFolder, OfTextsIsNoneOfPicturesAndTheOtherWayRound) {
  NEEDS_NETWORKS();
  EXPECT_EQ(PictureNetwork::load(encoders() / "minilm").error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(PictureNetwork::load(encoders() / "wordllama").error().code, ErrorCode::kUnsupported);
  EXPECT_NE(to_text(TextNetwork::load(encoders() / "resnet").error()).find("tokenizer.json"), std::string::npos);
}

TEST(NetworkFolder, IsAnotherOneWithOtherSettings) {
  NEEDS_NETWORKS();
  const Folder folder;
  fs::copy(encoders() / "wordllama", folder.path(), fs::copy_options::recursive);
  const std::string before = read_network_folder(folder.path()).value().identity;
  EXPECT_EQ(read_network_folder(encoders() / "wordllama").value().identity, before);
  folder.put("encoder.json", R"({"max_tokens": 16})");
  EXPECT_NE(read_network_folder(folder.path()).value().identity, before);
}

TEST(NetworkFolder, SaysWhatIsMissingOrWrong) {
  const Folder folder;
  const auto missing = read_network_folder(folder.path());
  ASSERT_FALSE(missing);
  EXPECT_NE(to_text(missing.error()).find("model.onnx"), std::string::npos);
  folder.put("model.onnx", "this is no network");
  folder.put("encoder.json", R"({"colour": 3})");
  EXPECT_NE(to_text(read_network_folder(folder.path()).error()).find("unknown key 'colour'"), std::string::npos);
  folder.put("encoder.json", R"({"deviation": [1, 0, 1]})");
  EXPECT_NE(to_text(read_network_folder(folder.path()).error()).find("three numbers"), std::string::npos);
  folder.put("encoder.json", "{}");
  EXPECT_TRUE(read_network_folder(folder.path()));
  const auto broken = OnnxSession::load(folder / "model.onnx", "", 1);
  ASSERT_FALSE(broken);
  EXPECT_NE(to_text(broken.error()).find("model.onnx"), std::string::npos);
  folder.put("tokenizer.json", "{}");
  const auto no_tokenizer = TextNetwork::load(folder.path());
  ASSERT_FALSE(no_tokenizer);
  EXPECT_NE(to_text(no_tokenizer.error()).find("tokenizer.json"), std::string::npos);
}

TEST(OnnxSession, NamesTheOutputsWhereTheWantedOneIsMissing) {
  NEEDS_NETWORKS();
  const auto session = OnnxSession::load(encoders() / "minilm" / "model.onnx", "no_such_tensor", 1);
  ASSERT_FALSE(session);
  EXPECT_NE(to_text(session.error()).find("last_hidden_state"), std::string::npos);
}

TEST(OnnxSession, ReadsThePreprocessingOfHuggingFace) {
  const Folder folder;
  folder.put("model.onnx", "x");
  folder.put("preprocessor_config.json",
             R"({"size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}, "do_center_crop": true,
                 "rescale_factor": 0.00392156862745098, "image_mean": [0.485, 0.456, 0.406],
                 "image_std": [0.229, 0.224, 0.225]})");
  const NetworkFolder read = read_network_folder(folder.path()).value();
  EXPECT_EQ(read.resize, 256);
  EXPECT_EQ(read.side, 224);
  EXPECT_TRUE(read.keep_ratio);
  EXPECT_DOUBLE_EQ(read.mean[2], 0.406);
  EXPECT_DOUBLE_EQ(read.deviation[0], 0.229);
  EXPECT_NEAR(read.scale, 1.0 / 255, 1e-12);
}

}  // namespace
}  // namespace haina
