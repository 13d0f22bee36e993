#include <fmt/format.h>

#include <limits>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/wrapped.h"
#include "synth/write_shop.h"

namespace haina {
namespace {

struct SynthArguments {
  std::string folder;
  ShopOptions shop;
  bool without_media = false;
};

std::string shop_text(const SynthArguments& arguments, const ShopWritten& written) {
  std::string text;
  for (const auto& [name, count] : written.rows) {
    text += fmt::format("{}/{}  {}\n", arguments.folder, name, counted(count, "row"));
  }
  for (const auto& [name, count] : written.files) {
    text += fmt::format("{}/{}/  {}\n", arguments.folder, name, counted(count, "file"));
  }
  return text +
         fmt::format(
             "{:.1f} MB, seed {}; what is planted: {}/truth.json\nnext: cd {} && haina train && haina evaluate\n",
             static_cast<double>(written.bytes) / 1e6, arguments.shop.seed, arguments.folder, arguments.folder);
}

std::string shop_document(const SynthArguments& arguments, const ShopWritten& written) {
  const nlohmann::json document = {{"schema", "haina.synth/1"},   {"folder", arguments.folder},
                                   {"seed", arguments.shop.seed}, {"rows", written.rows},
                                   {"files", written.files},      {"bytes", written.bytes}};
  return document.dump(1) + "\n";
}

}  // namespace

void add_synth(CLI::App& app, Terminal& terminal, Action& chosen) {
  auto arguments = std::make_shared<SynthArguments>();
  CLI::App* const command = add_command(app, "synth", "Invent data with a known truth, to try Haina and to test it.",
                                        "haina synth shop invented && haina train -c invented");
  command->require_subcommand(1);
  CLI::App* const shop = add_command(
      *command, "shop",
      "Write an invented shop: events, items with pictures, sounds and clips, users, haina.toml, and truth.json, which "
      "says what each source is worth.",
      "haina synth shop invented --users 2000 --items 800 --seed 7");
  shop->add_option("FOLDER", arguments->folder, "where to write; made where it is missing, else it must be empty")
      ->required();
  shop->add_option("--users", arguments->shop.users, "number of users")->capture_default_str();
  shop->add_option("--items", arguments->shop.items, "number of items")->capture_default_str();
  shop->add_option("--seed", arguments->shop.seed, "another seed gives another shop")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{0}, std::numeric_limits<int64_t>::max()));
  shop->add_flag("--without-media", arguments->without_media, "leave out pictures, sounds and clips");
  shop->callback([arguments, &terminal, &chosen] {
    chosen = [arguments, &terminal]() -> Status {
      arguments->shop.media = arguments->without_media ? ShopMedia::kLeaveOut : ShopMedia::kWrite;
      HAINA_TRY(const ShopWritten written,
                write_shop(arguments->folder, arguments->shop, &terminal.stop, *terminal.progress));
      return print(terminal.json ? shop_document(*arguments, written) : shop_text(*arguments, written));
    };
  });
}

}  // namespace haina
