// SPDX-License-Identifier: Apache-2.0
#include "storage/memory_segment.hpp"

#include "storage/files.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>
#include <xxhash.h>

namespace storage {
namespace {
constexpr std::array<char, 16> file_name{"mailweir memory"};
constexpr std::uint32_t version = 1;
constexpr std::size_t slots_per_record = 8;
constexpr unsigned tag_shift = 20;
constexpr std::uint32_t number_mask = (1U << tag_shift) - 1;
constexpr std::size_t longest_walk = 512; // slots: two cold pages at most
constexpr std::size_t kept_of_a_hash = 8;

[[noreturn]] void fail(int error, const std::string& what)
{
    throw std::system_error{error, std::generic_category(), what};
}

/// The file, `size` octets of it at least, allocated whole: a full disk is an error now, and would
/// be a signal later.
std::span<char> mapped(const std::string& path, std::size_t size)
{
    const auto file = FileHandle::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (const int error = ::posix_fallocate(file.number(), 0, static_cast<off_t>(size)))
        fail(error, "no room for " + path);
    void* start = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.number(), 0);
    if (start == MAP_FAILED)
        fail(errno, "cannot map " + path);
    ::madvise(start, size, MADV_RANDOM);
    return {static_cast<char*>(start), size};
}

/// The capacity that a segment on disk was made with; 0: there is none that can be read.
std::size_t capacity_on_disk(const std::string& path)
{
    struct {
        std::array<char, 16> name;
        std::uint32_t version, capacity;
    } head{};
    struct stat status{};
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    const FileHandle handle{file};
    const bool is_read = ::pread(file, &head, sizeof head, 0) == static_cast<ssize_t>(sizeof head)
        && ::fstat(file, &status) == 0;
    const bool is_ours = is_read && head.name == file_name && head.version == version
        && head.capacity > 0 && head.capacity <= MemorySegment::largest
        && static_cast<std::size_t>(status.st_size)
            == (head.capacity + 1UL) * sizeof(RememberedMail);
    return is_ours ? head.capacity : 0;
}

std::uint16_t check_of(RememberedMail mail)
{
    mail.check = 0;
    return static_cast<std::uint16_t>(XXH3_64bits(&mail, sizeof mail) | 1);
}
}

MemorySegment::MemorySegment(const std::string& path, std::size_t capacity)
{
    const auto known = capacity_on_disk(path);
    if (known == 0)
        remove(path);
    capacity = known ? known : std::clamp<std::size_t>(capacity, 1, largest);
    const auto slot_count = std::bit_ceil(capacity * slots_per_record);
    const auto index_path = path + ".index";
    struct stat status{};
    const bool has_index = ::stat(index_path.c_str(), &status) == 0
        && static_cast<std::size_t>(status.st_size) == slot_count * sizeof(std::uint32_t);
    if (!has_index)
        ::unlink(index_path.c_str());
    records_ = mapped(path, (capacity + 1) * sizeof(RememberedMail));
    index_ = mapped(index_path, slot_count * sizeof(std::uint32_t));
    if (known == 0)
        header() = {file_name, version, static_cast<std::uint32_t>(capacity), 0, 0, 0, {}};
    header().count = std::min(header().count, header().capacity);
    if (!has_index || header().indexed > header().count) {
        std::memset(index_.data(), 0, index_.size());
        header().indexed = 0;
    }
    while (header().indexed < header().count)
        index(header().indexed);
}

MemorySegment::~MemorySegment()
{
    ::munmap(records_.data(), records_.size());
    ::munmap(index_.data(), index_.size());
}

void MemorySegment::remove(const std::string& path)
{
    ::unlink(path.c_str());
    ::unlink((path + ".index").c_str());
}

RememberedMail& MemorySegment::record(std::size_t number) const
{
    return reinterpret_cast<RememberedMail*>(records_.data())[number + 1];
}

MemorySegment::Slots MemorySegment::slots() const
{
    return {reinterpret_cast<std::uint32_t*>(index_.data()), index_.size() / sizeof(std::uint32_t)};
}

std::uint64_t MemorySegment::hash_of(const RememberedMail& mail, std::size_t kind)
{
    return kind == 0 ? mail.message_id : kind == 1 ? mail.body : mail.bands[kind - 2];
}

template <class Take>
void MemorySegment::walk(std::uint64_t hash, std::size_t kind, Take take) const
{
    const std::array<std::uint64_t, 2> key{hash, kind};
    const std::uint64_t place = XXH3_64bits(key.data(), sizeof key);
    const auto tag = static_cast<std::uint32_t>(place >> 52) << tag_shift;
    const auto all = slots();
    for (std::size_t step = 0; step < longest_walk; ++step) {
        auto& slot = all[(place + step) & (all.size() - 1)];
        const bool fits = slot != 0 && (slot & ~number_mask) == tag;
        if (!take(slot, tag, fits) || slot == 0)
            return;
    }
}

/// Of a hash that many mails share the newest few are found: a newer one takes the oldest's slot.
void MemorySegment::put(std::size_t number, std::size_t kind)
{
    const auto hash = hash_of(record(number), kind);
    if (hash == 0)
        return;
    std::uint32_t* oldest = nullptr;
    std::size_t same = 0;
    const auto entry = static_cast<std::uint32_t>(number + 1);
    walk(hash, kind, [&](std::uint32_t& slot, std::uint32_t tag, bool fits) {
        if (slot == 0) {
            slot = tag | entry;
            return false;
        }
        if (!fits || hash_of(record((slot & number_mask) - 1), kind) != hash)
            return true;
        if (!oldest || (slot & number_mask) < (*oldest & number_mask))
            oldest = &slot;
        if (++same < kept_of_a_hash)
            return true;
        *oldest = tag | entry;
        return false;
    });
}

void MemorySegment::index(std::size_t number)
{
    const auto& mail = record(number);
    if (mail.check == check_of(mail))
        for (std::size_t kind = 0; kind < kinds; ++kind)
            put(number, kind);
    header().indexed = static_cast<std::uint32_t>(number + 1);
}

bool MemorySegment::add(RememberedMail mail)
{
    Header& head = header();
    if (head.count >= head.capacity)
        return false;
    mail.check = check_of(mail);
    record(head.count) = mail;
    head.newest = std::max(head.newest, mail.time);
    ++head.count;
    index(head.count - 1);
    return true;
}

void MemorySegment::find(const RememberedMail& like,
                         const std::function<void(const RememberedMail&)>& take) const
{
    std::vector<std::size_t> found;
    for (std::size_t kind = 0; kind < kinds; ++kind) {
        const auto hash = hash_of(like, kind);
        if (hash == 0)
            continue;
        walk(hash, kind, [&](const std::uint32_t& slot, std::uint32_t, bool fits) {
            const std::size_t number = (slot & number_mask) - 1;
            if (!fits || number >= header().count)
                return true;
            const auto& mail = record(number);
            if (hash_of(mail, kind) == hash && mail.check == check_of(mail))
                found.push_back(number);
            return true;
        });
    }
    std::ranges::sort(found, std::greater{});
    const auto [first, last] = std::ranges::unique(found);
    found.erase(first, last);
    for (const auto number : found)
        take(record(number));
}
}
