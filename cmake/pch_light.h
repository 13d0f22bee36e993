// Precompiled for files with JSON and without tensors.
#pragma once
#include <nlohmann/json.hpp>

#include "pch_std.h"
