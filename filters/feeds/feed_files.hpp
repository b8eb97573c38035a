// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/services.hpp"
#include "filters/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace filters::feeds {
/// Says where the feeds of these services are. Call before layers are made.
void set_data_directory(Services& services, std::string directory);

/// The files that a list of a layer's settings names; "feed:NAME/FILE" is that file of the version
/// in use. One that did not come yet is left out, and the log says so: layers are made anew when it
/// comes. Complains of a name that is none.
std::vector<std::string> files_of(const Settings& settings, std::string_view key,
                                  Services& services);
}
