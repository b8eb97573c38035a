// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/files.hpp"

#include <string>
#include <vector>

namespace storage::backup {
/// Where new files wait in a data directory before they take the place of others.
std::string waiting_folder(const std::string& data);

/// Puts everything in the waiting folder in its place in the data directory at once, and moves what
/// stood there, and `away` besides, into the folder `aside` of it. Nobody may be at work there.
/// Before the one step that decides a crash leaves the old files, after it the new ones:
/// `finish_exchange` ends then what was begun. Throws std::system_error.
void exchange(const std::string& data, const std::string& aside,
              const std::vector<std::string>& away, Files& files);

/// Ends an exchange that a crash interrupted, or clears away one that was not decided. To be called
/// before anything in a data directory is opened, under its lock.
void finish_exchange(const std::string& data, Files& files);
}
