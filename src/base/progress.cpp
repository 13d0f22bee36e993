#include "base/progress.h"

namespace haina {
namespace {

class NoProgress final : public Progress {
 public:
  void start(const std::string&, int64_t) override {}
  void update(int64_t, const std::string&) override {}
  void finish() override {}
  void line(const std::string&) override {}
};

}  // namespace

Progress& no_progress() {
  static NoProgress none;
  return none;
}

}  // namespace haina
