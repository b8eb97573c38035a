// SPDX-License-Identifier: Apache-2.0
#include "storage/backup/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <exception>
#include <fcntl.h>
#include <fmt/format.h>
#include <stdexcept>

namespace storage::backup {
namespace {
constexpr std::size_t block = 256 * 1024;

using Entry = std::unique_ptr<archive_entry, void (*)(archive_entry*)>;

Entry entry_of(const std::string& name, std::uint64_t size)
{
    Entry entry{archive_entry_new(), archive_entry_free};
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0600);
    return entry;
}

/// Names are relative paths that go down only.
bool is_plain_name(std::string_view name)
{
    if (name.empty() || name.size() > 4096)
        return false;
    while (true) {
        const auto segment = name.substr(0, name.find('/'));
        if (segment.empty() || segment == "." || segment == "..")
            return false;
        if (segment.size() == name.size())
            return true;
        name.remove_prefix(segment.size() + 1);
    }
}

void check_name(const std::string& name)
{
    if (!is_keepable(name))
        throw std::runtime_error{fmt::format("\"{}\" cannot be kept in a backup", name)};
}
}

bool is_keepable(std::string_view name)
{
    return is_plain_name(name) && !name.contains('\n') && !name.contains('\\');
}

struct ArchiveWriter::State {
    Files::Write write;
    std::exception_ptr fault; ///< what `write` threw: exceptions must not cross the library
    std::string sums;
    std::unique_ptr<archive, int (*)(archive*)> handle{archive_write_new(), archive_write_free};

    static la_ssize_t take(archive*, void* self, const void* bytes, std::size_t size)
    {
        auto& state = *static_cast<State*>(self);
        if (state.fault)
            return -1;
        try {
            state.write({static_cast<const char*>(bytes), size});
            return static_cast<la_ssize_t>(size);
        } catch (...) {
            state.fault = std::current_exception();
            return -1;
        }
    }
    void check(la_ssize_t code) const
    {
        if (fault)
            std::rethrow_exception(fault);
        if (code < ARCHIVE_WARN)
            throw std::runtime_error{fmt::format("the archive cannot be written: {}",
                                                 archive_error_string(handle.get()))};
    }
};

ArchiveWriter::ArchiveWriter(Files::Write write) : state_{std::make_unique<State>()}
{
    state_->write = std::move(write);
    archive* handle = state_->handle.get();
    state_->check(archive_write_set_format_pax_restricted(handle));
    state_->check(archive_write_add_filter_zstd(handle));
    state_->check(archive_write_set_filter_option(handle, "zstd", "compression-level", "3"));
    state_->check(archive_write_set_bytes_per_block(handle, block));
    state_->check(archive_write_set_bytes_in_last_block(handle, 1));
    state_->check(archive_write_open(handle, state_.get(), nullptr, State::take, nullptr));
}

ArchiveWriter::~ArchiveWriter()
{
    if (state_ && !state_->fault)
        state_->fault = std::make_exception_ptr(std::runtime_error{"given up"});
}

void ArchiveWriter::add(const std::string& name, std::uint64_t size,
                        const std::function<void(const Files::Write&)>& fill)
{
    check_name(name);
    const auto entry = entry_of(name, size);
    state_->check(archive_write_header(state_->handle.get(), entry.get()));
    Sha256 sum;
    std::uint64_t written = 0;
    fill([&](std::string_view bytes) {
        written += bytes.size();
        if (written > size)
            throw std::runtime_error{fmt::format("{} grew while it was read", name)};
        sum.add(bytes);
        state_->check(archive_write_data(state_->handle.get(), bytes.data(), bytes.size()));
    });
    if (written != size)
        throw std::runtime_error{fmt::format("{} became shorter while it was read", name)};
    state_->sums += fmt::format("{}  {}\n", sum.take(), name);
}

void ArchiveWriter::add_text(const std::string& name, std::string_view text)
{
    add(name, text.size(), [&](const Files::Write& write) { write(text); });
}

void ArchiveWriter::add_link(const std::string& name, const std::string& target)
{
    check_name(name);
    if (!is_plain_name(target) || target.contains('/'))
        throw std::runtime_error{fmt::format("{} leads out of its folder", name)};
    const auto entry = entry_of(name, 0);
    archive_entry_set_filetype(entry.get(), AE_IFLNK);
    archive_entry_set_symlink(entry.get(), target.c_str());
    state_->check(archive_write_header(state_->handle.get(), entry.get()));
}

void ArchiveWriter::finish()
{
    const auto sums = state_->sums;
    add_text(std::string{sums_name}, sums);
    state_->check(archive_write_close(state_->handle.get()));
}

struct ArchiveReader::State {
    FileHandle file;
    std::unique_ptr<archive, int (*)(archive*)> handle{archive_read_new(), archive_read_free};

    explicit State(const std::string& path) : file{FileHandle::open(path, O_RDONLY)} { }
    la_ssize_t check(la_ssize_t code) const
    {
        if (code >= ARCHIVE_WARN)
            return code;
        const char* why = archive_error_string(handle.get());
        throw std::runtime_error{
            fmt::format("it is damaged or not whole: {}", why != nullptr ? why : "it ends early")};
    }
};

ArchiveReader::ArchiveReader(const std::string& path) : state_{std::make_unique<State>(path)}
{
    archive* handle = state_->handle.get();
    state_->check(archive_read_support_filter_zstd(handle));
    state_->check(archive_read_support_format_tar(handle));
    state_->check(archive_read_open_fd(handle, state_->file.number(), block));
}

ArchiveReader::~ArchiveReader() = default;

std::optional<Member> ArchiveReader::next()
{
    archive_entry* entry = nullptr;
    if (state_->check(archive_read_next_header(state_->handle.get(), &entry)) == ARCHIVE_EOF)
        return {};
    const char* name = archive_entry_pathname(entry);
    Member member{.name = name != nullptr ? name : "",
                  .size = static_cast<std::uint64_t>(archive_entry_size(entry)),
                  .link = {}};
    const auto type = archive_entry_filetype(entry);
    if (type == AE_IFLNK)
        if (const char* target = archive_entry_symlink(entry))
            member.link = target;
    const bool is_link
        = type == AE_IFLNK && is_plain_name(member.link) && !member.link.contains('/');
    if (!is_plain_name(member.name) || (type != AE_IFREG && !is_link)
        || archive_entry_hardlink(entry) != nullptr)
        throw std::runtime_error{"it has members that no backup of Mailweir has"};
    return member;
}

void ArchiveReader::read(const std::function<void(std::string_view)>& take)
{
    std::string buffer(block, '\0');
    for (;;) {
        const auto got
            = state_->check(archive_read_data(state_->handle.get(), buffer.data(), buffer.size()));
        if (got <= 0)
            return;
        take({buffer.data(), static_cast<std::size_t>(got)});
    }
}

std::string ArchiveReader::text(std::size_t longest)
{
    std::string text;
    read([&](std::string_view bytes) {
        if (text.size() + bytes.size() > longest)
            throw std::runtime_error{"a part of it is far too long"};
        text += bytes;
    });
    return text;
}
}
