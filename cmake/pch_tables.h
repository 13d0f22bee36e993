// Precompiled for files that make tensors of tables: adds tensors' functions to Arrow.
#pragma once
#include <arrow/api.h>

#include "pch_core.h"
