// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/loaded_tables.hpp"
#include "filters/services.hpp"
#include "gateway/config.hpp"
#include "gateway/smtp/context.hpp"

#include <expected>
#include <filesystem>
#include <map>
#include <string>

namespace app {
/// A configuration's meaning, not in service yet.
struct Built {
    smtp::SnapshotPointer snapshot;
    filters::LoadedTables tables; ///< publish them beside the snapshot
};
/// Makes what sessions read: policy, chain, TLS contexts, keys. Blocks on files: never on a loop.
/// `services` are those of the process, or stand-ins where only the check matters. `warnings` gets
/// what holds all the same. What is in service stays as it is. One build at a time for `services`.
std::expected<Built, filters::Complaints> build_snapshot(const Configuration& configuration,
                                                         filters::Services& services,
                                                         filters::Complaints& warnings);
/// The same for judging alone, tables published: no private keys, which only the gateway may read.
std::expected<smtp::SnapshotPointer, filters::Complaints>
build_judging_snapshot(const Configuration& configuration, filters::Services& services);

/// The same snapshot with certificates read again; the error is one sentence.
std::expected<smtp::SnapshotPointer, std::string>
with_fresh_certificates(const smtp::Snapshot& snapshot);

/// Last change of every certificate and key file.
using FileTimes = std::map<std::string, std::filesystem::file_time_type>;
FileTimes certificate_times(const smtp::Settings& settings);
}
