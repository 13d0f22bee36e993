#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "base/files.h"
#include "base/log.h"
#include "cli/command.h"
#include "pretrained/picture_network.h"
#include "pretrained/text_network.h"

namespace haina {
namespace {
namespace fs = std::filesystem;
using Json = nlohmann::json;

struct EncodersArguments {
  std::string folder = "encoders";
  std::string texts;
  int threads = 0;
};

// What a folder holds: a network of texts or of pictures, or why it is none.
Json network_in(const fs::path& folder) {
  Json about = {{"folder", folder.string()}};
  const auto network = read_network_folder(folder);
  if (!network) {
    about["problem"] = to_text(network.error());
    return about;
  }
  std::error_code code;
  about["bytes"] = fs::file_size(network->model, code);
  about["identity"] = network->identity;
  if (!network->tokenizer.empty()) {
    const auto texts = TextNetwork::load(folder);
    texts ? void(about.update({{"reads", "texts"}, {"width", texts->width()}}))
          : void(about["problem"] = to_text(texts.error()));
  } else {
    const auto pictures = PictureNetwork::load(folder);
    pictures ? void(about.update({{"reads", "pictures"}, {"width", pictures->width()}}))
             : void(about["problem"] = to_text(pictures.error()));
  }
  return about;
}

// The folder itself if it holds a network, else its folders in order of name.
Result<std::vector<fs::path>> folders_in(const fs::path& folder) {
  std::error_code code;
  if (!fs::is_directory(folder, code)) {
    return fail({ErrorCode::kNotFound, "no such folder", folder.string(),
                 "bring networks with tools/fetch_encoders, or name the folder that holds yours"});
  }
  if (read_network_folder(folder)) {
    return std::vector{folder};
  }
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, code)) {
    if (entry.is_directory(code)) {
      found.push_back(entry.path());
    }
  }
  std::ranges::sort(found);
  if (found.empty()) {
    return fail(
        {ErrorCode::kNotFound, "no network in it", folder.string(), "bring networks with tools/fetch_encoders"});
  }
  return found;
}

std::string text_of(const Json& networks) {
  std::string text;
  for (const Json& one : networks) {
    if (one.contains("problem")) {
      text += fmt::format("{}  cannot be used\n  {}\n", one.at("folder").get<std::string>(),
                          one.at("problem").get<std::string>());
    } else {
      text += fmt::format("{}  reads {}, gives {} numbers, {:.1f} MB\n", one.at("folder").get<std::string>(),
                          one.at("reads").get<std::string>(), one.at("width").get<int64_t>(),
                          one.at("bytes").get<double>() / 1e6);
    }
  }
  return text;
}

// Each line of the file with its tokens and its vector, as JSON lines in their order.
Status encode_lines(const EncodersArguments& arguments, const StopFlag& stop) {
  HAINA_TRY(const TextNetwork network, TextNetwork::load(arguments.folder));
  HAINA_TRY(const std::string all, read_text(arguments.texts));
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < all.size();) {
    const size_t end = std::min(all.find('\n', begin), all.size());
    lines.push_back(all.substr(begin, end - begin));
    begin = end + 1;
  }
  std::vector<std::string> made(lines.size());
  std::atomic<size_t> next = 0;
  std::atomic<bool> broken = false;
  const auto began = std::chrono::steady_clock::now();
  const auto work = [&] {
    for (size_t i = next++; i < lines.size() && !broken && !stop.requested(); i = next++) {
      const auto tokens = network.tokens(lines[i]);
      const auto vector = network.encode(lines[i]);
      if (!tokens || !vector) {
        broken = true;
        return;
      }
      made[i] = Json{{"tokens", *tokens}, {"vector", *vector}}.dump() + "\n";
    }
  };
  {
    const int threads =
        arguments.threads > 0 ? arguments.threads : static_cast<int>(std::thread::hardware_concurrency());
    std::vector<std::jthread> others;
    for (int t = 1; t < threads; ++t) {
      others.emplace_back(work);
    }
    work();
  }
  if (broken || stop.requested()) {
    return fail({stop.requested() ? ErrorCode::kInterrupted : ErrorCode::kBadData, "not all lines were encoded",
                 arguments.texts, "run it again; if it fails again, look for odd characters"});
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
  std::string text;
  for (const std::string& line : made) {
    text += line;
  }
  HAINA_OK(print(text));
  log_info(fmt::format("{} texts in {:.2f} s, {:.0f} a second", lines.size(), seconds.count(),
                       static_cast<double>(lines.size()) / seconds.count()));
  return ok();
}

}  // namespace

void add_encoders(CLI::App& app, Terminal& terminal, Action& chosen) {
  auto arguments = std::make_shared<EncodersArguments>();
  CLI::App* const command =
      add_command(app, "encoders", "Say what pretrained networks a folder holds, or make vectors of texts by one.",
                  "haina encoders encoders");
  command->add_option("FOLDER", arguments->folder, "holds a network, or folders with networks")->capture_default_str();
  command->add_option("--texts", arguments->texts,
                      "encode each line of this file by FOLDER's network: JSON lines with its tokens and its vector");
  command->add_option("--threads", arguments->threads, "that encode; 0: one a CPU")
      ->capture_default_str()
      ->check(CLI::Range(0, 1024));
  command->callback([arguments, &terminal, &chosen] {
    chosen = [arguments, &terminal]() -> Status {
      if (!arguments->texts.empty()) {
        return encode_lines(*arguments, terminal.stop);
      }
      HAINA_TRY(const std::vector<fs::path> folders, folders_in(arguments->folder));
      Json networks = Json::array();
      for (const fs::path& folder : folders) {
        networks.push_back(network_in(folder));
      }
      const Json document = {{"schema", "haina.encoders/1"}, {"networks", networks}};
      return print(terminal.json ? document.dump(1) + "\n" : text_of(networks));
    };
  });
}

}  // namespace haina
