// SPDX-License-Identifier: Apache-2.0
// Boost.JSON compiled once; it reads, JsonWriter writes.
#include <boost/json/src.hpp>
