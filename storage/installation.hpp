// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/env.hpp"
#include "storage/files.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace storage {
/// The data directory before anything in it is opened. All throw std::runtime_error with one
/// sentence. Makes the directory with mode 0700.
void make_directory(const std::string& directory);
/// Sees to it that a file is there which nobody else can read.
void make_private_file(const std::string& path);
/// Two gateways must not share a directory: held as long as the result lives, also by child
/// processes.
std::shared_ptr<FileHandle> lock_directory(const std::string& directory);
/// The installation's secret: 64 random bits, made at the first opening, in a file of mode 0600.
std::uint64_t read_secret(const std::string& directory, net::Env& env, Files& files);
/// When the secret was made: the installation's first start. nullopt: there is none.
std::optional<net::Env::Wall> installed_at(const std::string& directory);
}
