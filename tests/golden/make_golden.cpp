// Makes a golden model: haina_make_golden FOLDER. Data are drawn with a fixed seed, so the same build gives the same
// folder, but for the seconds that training reports.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/seed.h"
#include "golden.h"
#include "pipeline/prepare.h"
#include "pipeline/train.h"

namespace haina {
namespace {

namespace fs = std::filesystem;

constexpr int kUsers = 60, kItems = 36, kEvents = 24;

constexpr const char* kProject = R"([project]
name = "golden"
goal = ["buy"]
[[source]]
name = "view"
kind = "events"
path = "view.csv"
columns = { user = "user", item = "item", time = "time" }
[[source]]
name = "buy"
kind = "events"
path = "buy.csv"
columns = { user = "user", item = "item", time = "time" }
[[source]]
name = "items"
kind = "items"
path = "items.csv"
columns = { item = "item", title = "text", genre = "tags:|", price = "number" }
[[source]]
name = "people"
kind = "users"
path = "people.csv"
columns = { user = "user", city = "category" }
[[source]]
name = "friends"
kind = "social"
path = "friends.csv"
columns = { user = "user", other = "other" }
[split]
by = "time"
test = 0.2
validation = 0.25
[train]
network = "set"
network_params = { width = 8, epochs = 4 }
)";

// Users of three tastes view items of their taste, buy half of these, and have friends of their taste.
void write_sources(const fs::path& folder) {
  RandomStream random(1, "golden model");
  std::ofstream views(folder / "view.csv"), buys(folder / "buy.csv"), items(folder / "items.csv"),
      people(folder / "people.csv"), friends(folder / "friends.csv");
  views << "user,item,time\n";
  buys << "user,item,time\n";
  items << "item,title,genre,price\n";
  people << "user,city\n";
  friends << "user,other\n";
  const char* const genres[] = {"space|war", "love|drama", "comedy|farce"};
  const char* const cities[] = {"Oslo", "Rome", "Lima"};
  for (int i = 0; i < kItems; ++i) {
    items << "i" << i << ",The film number " << i << "," << genres[i % 3] << "," << 5 + i % 7 << "\n";
  }
  for (int u = 0; u < kUsers; ++u) {
    people << "u" << u << "," << cities[u % 3] << "\n";
    friends << "u" << u << ",u" << (u + 3) % kUsers << "\n";
    for (int e = 0; e < kEvents; ++e) {
      const bool of_taste = random.below(5) > 0;
      const int64_t item = of_taste ? u % 3 + 3 * random.below(kItems / 3) : random.below(kItems);
      (random.below(2) == 0 ? buys : views)
          << "u" << u << ",i" << item << "," << 1700000000 + 100000 * e + 97 * u << "\n";
    }
  }
}

Status make_golden(const fs::path& sources, const fs::path& folder) {
  write_sources(sources);
  HAINA_OK(write_text(sources / "haina.toml", kProject));
  HAINA_TRY(const Config config, load_config(sources));
  HAINA_TRY(Dataset dataset, run_prepare(config, {}));
  dataset.provenance = nlohmann::json::object();  // names paths of this machine
  HAINA_TRY(const Split split, make_split(dataset, golden_config().split));
  HAINA_TRY(const Model model, train_model(dataset, config, split, {}));
  HAINA_OK(save_dataset(dataset, golden_dataset(folder)));
  HAINA_OK(save_model(model, golden_model(folder)));
  HAINA_TRY(const std::vector<UserState> users, golden_users(dataset));
  nlohmann::json lists = nlohmann::json::array();
  for (const UserState& user : users) {
    const GoldenList list = list_of(dataset, model, user);
    lists.push_back({{"user", std::string(dataset.users.name(user.user))},
                     {"items", list.items},
                     {"scores", scores_of(dataset, model, user, list.items)}});
  }
  return write_text(golden_lists(folder), lists.dump(1) + "\n");
}

}  // namespace
}  // namespace haina

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: haina_make_golden FOLDER\n", stderr);
    return 2;
  }
  std::string sources = (std::filesystem::temp_directory_path() / "haina-golden-XXXXXX").string();
  if (mkdtemp(sources.data()) == nullptr) {
    std::perror("cannot make a temporary folder");
    return 1;
  }
  std::filesystem::create_directories(arguments[1]);
  const haina::Status made = haina::make_golden(sources, arguments[1]);
  std::filesystem::remove_all(sources);
  if (!made) {
    std::fprintf(stderr, "%s\n", haina::to_text(made.error()).c_str());
    return 1;
  }
  return 0;
}
