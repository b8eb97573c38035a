// SPDX-License-Identifier: Apache-2.0
#include "filters/blocklist.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace filters {
namespace {
using std::chrono::system_clock;

constexpr std::size_t most_counted = 100'000;
constexpr std::size_t longest_line = 4096;
constexpr std::uint16_t from_settings = 0xFFFF;
/// A file younger than this may still be half written.
constexpr std::chrono::seconds settled{2};

system_clock::time_point time_of(const struct ::stat& status)
{
    return system_clock::time_point{std::chrono::duration_cast<system_clock::duration>(
        std::chrono::seconds{status.st_mtim.tv_sec}
        + std::chrono::nanoseconds{status.st_mtim.tv_nsec})};
}

/// One file, read in large pieces and cut into lines.
class FileReader {
public:
    FileReader(const BlocklistSources::File& file, std::uint16_t source, std::int64_t min_count,
               NetworkIndex::Builder& builder)
        : file_{file}, source_{source}, min_count_{min_count}, builder_{builder}
    { }

    std::expected<LoadedFile, std::string> read()
    {
        const int descriptor = ::open(file_.path.c_str(), O_RDONLY | O_CLOEXEC);
        struct ::stat status{};
        if (descriptor < 0 || ::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
            const std::string why = descriptor < 0 ? std::strerror(errno) : "not a plain file";
            if (descriptor >= 0)
                ::close(descriptor);
            return std::unexpected{"cannot read " + file_.path + ": " + why};
        }
        loaded_.path = file_.path;
        loaded_.changed = time_of(status);
        loaded_.size = static_cast<std::uint64_t>(status.st_size);
        const bool is_read = pieces(descriptor);
        ::close(descriptor);
        if (!is_read)
            return std::unexpected{"cannot read " + file_.path + ": " + std::strerror(errno)};
        return loaded_;
    }

private:
    bool pieces(int descriptor)
    {
        std::vector<char> buffer(1U << 20);
        std::size_t held = 0;
        while (true) {
            const auto got = ::read(descriptor, buffer.data() + held, buffer.size() - held);
            if (got < 0)
                return false;
            held += static_cast<std::size_t>(got);
            const std::size_t used = lines({buffer.data(), held}, got == 0);
            std::copy(buffer.begin() + static_cast<std::ptrdiff_t>(used),
                      buffer.begin() + static_cast<std::ptrdiff_t>(held), buffer.begin());
            held -= used;
            if (got == 0)
                return true;
        }
    }
    /// Takes whole lines; returns the octets taken. An endless line is taken in parts, all
    /// malformed.
    std::size_t lines(std::string_view text, bool is_last)
    {
        std::size_t at = 0;
        while (at < text.size()) {
            const auto end = text.find('\n', at);
            if (end == std::string_view::npos && !is_last && text.size() - at <= longest_line)
                return at;
            const auto stop = end == std::string_view::npos ? text.size() : end;
            line(text.substr(at, stop - at));
            at = end == std::string_view::npos ? text.size() : end + 1;
        }
        return at;
    }
    void line(std::string_view text)
    {
        ++number_;
        text = text.substr(0, text.find('#'));
        const auto first = text.find_first_not_of(" \t\r");
        if (first == std::string_view::npos)
            return;
        text.remove_prefix(first);
        const auto word = text.substr(0, text.find_first_of(" \t\r,;"));
        const auto network = mail::Network::parse(word);
        if (!network) {
            ++loaded_.malformed;
            return;
        }
        if (min_count_ > 0 && count_behind(text.substr(word.size())) < min_count_)
            return;
        builder_.add(*network, file_.effect, source_, number_);
        ++loaded_.networks;
    }
    /// The number in the second column; a line without one always counts.
    std::int64_t count_behind(std::string_view rest) const
    {
        const auto first = rest.find_first_not_of(" \t,;");
        std::int64_t count = 0;
        if (first == std::string_view::npos)
            return min_count_;
        rest.remove_prefix(first);
        const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), count);
        return read.ec == std::errc{} ? count : min_count_;
    }

    const BlocklistSources::File& file_;
    std::uint16_t source_;
    std::int64_t min_count_;
    NetworkIndex::Builder& builder_;
    LoadedFile loaded_;
    std::uint32_t number_ = 0;
};
}

std::expected<std::shared_ptr<const LoadedBlocklist>, std::string>
load_blocklist(const BlocklistSources& sources)
{
    const auto list = std::make_shared<LoadedBlocklist>();
    list->sources = sources;
    NetworkIndex::Builder builder;
    for (std::size_t i = 0; i < sources.files.size(); ++i) {
        auto loaded = FileReader{sources.files[i], static_cast<std::uint16_t>(i), sources.min_count,
                                 builder}
                          .read();
        if (!loaded)
            return std::unexpected{std::move(loaded.error())};
        list->files.push_back(std::move(*loaded));
    }
    for (const auto& network : sources.allow)
        builder.add(network, NetworkIndex::Effect::allow, from_settings, 0);
    for (const auto& network : sources.block)
        builder.add(network, NetworkIndex::Effect::block, from_settings, 0);
    list->index = builder.build();
    return list;
}

namespace {
/// Some file changed to what was not touched since `until`.
bool has_news(const LoadedBlocklist& list, system_clock::time_point until)
{
    return std::any_of(list.files.begin(), list.files.end(), [&](const LoadedFile& file) {
        struct ::stat status{};
        if (::stat(file.path.c_str(), &status) != 0)
            return false;
        const bool is_same = time_of(status) == file.changed
            && static_cast<std::uint64_t>(status.st_size) == file.size;
        return !is_same && time_of(status) <= until;
    });
}
}

bool is_current(const LoadedBlocklist& list)
{
    return !has_news(list, system_clock::time_point::max());
}

std::shared_ptr<Blocklist> Blocklist::of(Services& services)
{
    auto& kept = services.kept("blocklist");
    if (!kept)
        kept = std::make_shared<Blocklist>();
    return std::static_pointer_cast<Blocklist>(kept);
}

void Blocklist::hit(const mail::Network& entry, system_clock::time_point now)
{
    const std::lock_guard lock{hits_mutex_};
    const auto known = hits_.find(entry);
    if (known != hits_.end()) {
        ++known->second.count;
        known->second.last = now;
        return;
    }
    if (hits_.size() >= most_counted)
        forget_older_half();
    hits_.emplace(entry, Hits{1, now});
}

void Blocklist::forget_older_half()
{
    std::vector<system_clock::time_point> times;
    for (const auto& [network, hits] : hits_)
        times.push_back(hits.last);
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    std::size_t left = times.size() / 2;
    // Equal times are common in a flood: the count, not the time alone, ends the forgetting.
    std::erase_if(hits_, [&](const auto& one) {
        return left > 0 && one.second.last <= *middle && left-- > 0;
    });
}

Blocklist::Hits Blocklist::hits(const mail::Network& entry) const
{
    const std::lock_guard lock{hits_mutex_};
    const auto known = hits_.find(entry);
    return known == hits_.end() ? Hits{} : known->second;
}

std::optional<Blocklist::Answer> Blocklist::test(const mail::Ip& ip, storage::Lists* lists,
                                                 system_clock::time_point now) const
{
    std::optional<Answer> answer;
    const auto list = current();
    if (const auto match = list ? list->index->find(ip) : std::nullopt) {
        answer = Answer{.is_allowed = match->effect == NetworkIndex::Effect::allow,
                        .list = "settings",
                        .line = match->line,
                        .network = match->network};
        if (match->source != from_settings) {
            answer->list = list->files[match->source].path;
            answer->list_changed = list->files[match->source].changed;
        }
    }
    const auto own = lists ? lists->snapshot()->matches("", std::nullopt, &ip, now)
                           : std::vector<storage::ListSnapshot::Match>{};
    if (!own.empty()) {
        const auto& entry = own.front().entry;
        const auto network = mail::Network::parse(entry.text);
        const bool is_allowed = entry.effect == storage::ListEntry::Effect::allow;
        if (network && network->contains(ip)
            && (!answer || network->prefix() > answer->network.prefix()
                || (network->prefix() == answer->network.prefix() && !answer->is_allowed)))
            answer = Answer{.is_allowed = is_allowed,
                            .list = "administrator",
                            .network = *network,
                            .list_changed = entry.created};
    }
    if (answer)
        answer->hits = hits(answer->network);
    return answer;
}

void Blocklist::refresh(net::WorkerPool& pool, net::Env::Steady now,
                        std::chrono::milliseconds every)
{
    const auto tick
        = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    auto due = next_look_.load(std::memory_order_relaxed);
    if (tick < due || !next_look_.compare_exchange_strong(due, tick + every.count()))
        return;
    const auto list = current();
    if (!list || list->files.empty() || is_loading_.exchange(true))
        return;
    pool.post([self = shared_from_this(), list] {
        if (has_news(*list, system_clock::now() - settled)) {
            const auto next = load_blocklist(list->sources);
            if (!next)
                spdlog::error("blocklist: {}; the list read before stays in service", next.error());
            else if (self->current() == list)
                self->replace(*next);
        }
        self->is_loading_ = false;
    });
}
}
