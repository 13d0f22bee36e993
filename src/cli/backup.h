// haina backup and haina restore.
#pragma once

#include "cli/command.h"

namespace haina {

void add_backup(CLI::App& app, Terminal& terminal, Action& chosen);
void add_restore(CLI::App& app, Terminal& terminal, Action& chosen);

}  // namespace haina
