// SPDX-License-Identifier: Apache-2.0
#include "storage/mail_memory.hpp"

#include "storage/files.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fmt/format.h>
#include <ranges>
#include <spdlog/spdlog.h>
#include <xxhash.h>

namespace storage {
namespace {
/// "00000012" → 12; 0: another file.
std::uint64_t number_of(const std::string& name)
{
    std::uint64_t number = 0;
    const auto* end = name.data() + name.size();
    const auto [rest, error] = std::from_chars(name.data(), end, number);
    return error == std::errc{} && rest == end ? number : 0;
}

std::int64_t seconds_of(MailMemory::WallTime time)
{
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}
}

std::uint64_t hash_for_memory(std::string_view text, std::uint64_t secret)
{
    const std::uint64_t hash = XXH3_64bits_withSeed(text.data(), text.size(), secret);
    return hash == 0 ? 1 : hash;
}

MailMemory::MailMemory(std::string directory, Limits limits)
    : directory_{std::move(directory)}, limits_{limits}
{ }

std::expected<std::unique_ptr<MailMemory>, std::string> MailMemory::open(std::string directory,
                                                                         Limits limits)
{
    try {
        std::filesystem::create_directories(directory);
        std::filesystem::permissions(directory, std::filesystem::perms::owner_all);
        std::unique_ptr<MailMemory> made{new MailMemory{std::move(directory), limits}};
        for (const auto& name : Files::real().names(made->directory_))
            if (const auto number = number_of(name))
                made->segments_.emplace(number,
                                        std::make_unique<MemorySegment>(made->path_of(number), 1));
        return made;
    } catch (const std::exception& error) {
        return std::unexpected{std::string{error.what()}};
    }
}

std::string MailMemory::path_of(std::uint64_t number) const
{
    return fmt::format("{}/{:08}", directory_, number);
}

std::size_t MailMemory::count() const
{
    std::size_t all = 0;
    for (const auto& segment : segments_ | std::views::values)
        all += segment->size();
    return all;
}

/// Room for one more: the oldest make it.
void MailMemory::begin_segment()
{
    const auto before = segments_.empty() ? 0 : segments_.rbegin()->second->size();
    const auto number = segments_.empty() ? 1 : segments_.rbegin()->first + 1;
    const auto wanted = std::clamp(before * 2 + 1, limits_.first_segment, MemorySegment::largest);
    // The oldest goes whole: an eighth of all at most.
    const auto capacity = std::min(wanted, std::max<std::size_t>(limits_.mails / 8, 1));
    while (!segments_.empty() && count() + capacity > limits_.mails) {
        const auto oldest = segments_.begin()->first;
        segments_.erase(oldest);
        MemorySegment::remove(path_of(oldest));
    }
    segments_.emplace(number, std::make_unique<MemorySegment>(path_of(number), capacity));
}

void MailMemory::remember(const RememberedMail& mail)
{
    const std::scoped_lock lock{mutex_};
    if (segments_.empty() || segments_.rbegin()->second->is_full())
        begin_segment();
    segments_.rbegin()->second->add(mail);
}

std::vector<RememberedMail> MailMemory::find(const RememberedMail& like, WallTime now,
                                             std::size_t most) const
{
    const auto oldest = seconds_of(now) - limits_.keep.count();
    std::vector<RememberedMail> found;
    const std::scoped_lock lock{mutex_};
    for (const auto& segment : segments_ | std::views::values | std::views::reverse) {
        if (found.size() >= most || segment->newest() < oldest)
            break;
        segment->find(like, [&](const RememberedMail& mail) {
            if (found.size() < most && mail.time >= oldest)
                found.push_back(mail);
        });
    }
    return found;
}

void MailMemory::sweep(WallTime now)
{
    const auto oldest = seconds_of(now) - limits_.keep.count();
    const std::scoped_lock lock{mutex_};
    std::erase_if(segments_, [&](const auto& one) {
        const bool is_old = one.second->newest() < oldest;
        if (is_old)
            MemorySegment::remove(path_of(one.first));
        return is_old;
    });
}

std::size_t MailMemory::size() const
{
    const std::scoped_lock lock{mutex_};
    return count();
}

std::size_t MailMemory::bytes() const
{
    const std::scoped_lock lock{mutex_};
    std::size_t all = 0;
    for (const auto& segment : segments_ | std::views::values)
        all += segment->bytes();
    return all;
}
}
