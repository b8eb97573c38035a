// SPDX-License-Identifier: Apache-2.0
// The compiled half of Boost.Beast.
#include <boost/beast/src.hpp>
