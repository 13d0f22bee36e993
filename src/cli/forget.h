// haina forget: takes a user out of everything that Haina keeps, and says where the user still is.
#pragma once

#include "cli/command.h"

namespace haina {

void add_forget(CLI::App& app, Terminal& terminal, Action& chosen);

}  // namespace haina
