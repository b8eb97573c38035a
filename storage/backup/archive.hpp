// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/backup/digest.hpp"
#include "storage/files.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace storage::backup {
/// The names of an archive's own members.
constexpr std::string_view about_name = "about", sums_name = "SHA256SUMS";
constexpr std::string_view data_prefix = "data/", sealed_prefix = "sealed/",
                           configuration_prefix = "configuration/";

/// Whether a member can have this name: a relative path that only goes down, on one line of a list
/// of sums.
bool is_keepable(std::string_view name);

/// Writes a tar archive compressed by zstd. Its last member has the SHA-256 of all others, in the
/// form of sha256sum: an archive without it is not whole. Functions throw what `write` throws, or
/// std::runtime_error.
class ArchiveWriter {
public:
    explicit ArchiveWriter(Files::Write write);
    ~ArchiveWriter();
    /// `fill` must write exactly `size` bytes.
    void add(const std::string& name, std::uint64_t size,
             const std::function<void(const Files::Write&)>& fill);
    void add_text(const std::string& name, std::string_view text);
    void add_link(const std::string& name, const std::string& target);
    /// Writes the sums and the end.
    void finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// One member as it comes.
struct Member {
    std::string name;
    std::uint64_t size = 0;
    std::string link; ///< of a symbolic link, its target
};

/// Reads such an archive from its begin to its end. What is no archive, is damaged or has a member
/// whose name leads elsewhere throws std::runtime_error.
class ArchiveReader {
public:
    explicit ArchiveReader(const std::string& path);
    ~ArchiveReader();
    /// nullopt at the end. What was not read of the member before is passed over.
    std::optional<Member> next();
    /// The bytes of the current member.
    void read(const std::function<void(std::string_view)>& take);
    /// The same as text, which must not be longer than that.
    std::string text(std::size_t longest);

private:
    struct State;
    std::unique_ptr<State> state_;
};
}
