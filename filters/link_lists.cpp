// SPDX-License-Identifier: Apache-2.0
#include "filters/link_lists.hpp"

#include "filters/content/url.hpp"
#include "filters/list_file.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/public_suffix.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <ranges>

namespace filters {
namespace {
using std::chrono::system_clock;

constexpr std::size_t most_segments = 16, most_labels = 10, longest_path = 512;
/// A file younger than this may still be half written.
constexpr std::chrono::seconds settled{2};

/// FNV-1a: the same in every process, so that an index could be kept. Hosts from their end, so that
/// "evil.example" is on the way to "www.evil.example".
class Hash {
public:
    void add(char c) { value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001B3; }
    std::uint64_t value() const { return value_; }

private:
    std::uint64_t value_ = 0xCBF29CE484222325;
};

/// A path without its query, and without a slash at its end.
std::string_view plain_path(std::string_view path)
{
    while (path.ends_with('/'))
        path.remove_suffix(1);
    return path;
}

std::expected<LoadedLinkLists::File, std::string> load(const LinkFile& file)
{
    LoadedLinkLists::File loaded;
    loaded.file = file;
    const auto state = state_of(file.path);
    loaded.changed = state.changed;
    loaded.size = state.size;
    LinkIndex::Builder builder;
    const auto read = read_list_file(file.path, [&](std::string_view line, bool is_too_long) {
        const auto text = mail::trimmed(line.substr(0, line.find('#')));
        if (is_too_long || (!text.empty() && !builder.add(text)))
            ++loaded.malformed;
    });
    if (!read)
        return std::unexpected{read.error()};
    loaded.index = builder.build();
    return loaded;
}

bool is_same(const LoadedLinkLists::File& file, const FileState& state)
{
    return state.is_there && state.changed == file.changed && state.size == file.size;
}

bool is_current(const LoadedLinkLists& lists)
{
    return std::ranges::all_of(lists.files, [](const LoadedLinkLists::File& file) {
        const auto state = state_of(file.file.path);
        return !state.is_there || is_same(file, state);
    });
}

/// Nothing that a look between two writes of somebody could take for a whole file.
bool has_settled_news(const LoadedLinkLists& lists)
{
    const auto now = system_clock::now();
    return std::ranges::any_of(lists.files, [&](const LoadedLinkLists::File& file) {
        const auto state = state_of(file.file.path);
        return state.is_there && !is_same(file, state) && now - state.changed >= settled;
    });
}
}

bool LinkIndex::Builder::add(std::string_view line)
{
    for (const std::string_view sink : {"0.0.0.0", "127.0.0.1"})
        if (line.starts_with(sink) && line.size() > sink.size()
            && mail::is_blank(line[sink.size()]))
            line = mail::trimmed(line.substr(sink.size()));
    line = line.substr(0, line.find_first_of(" \t,;"));
    if (line.starts_with("*."))
        line.remove_prefix(2);
    const auto url = content::parse_url(line.contains("://") ? std::string{line}
                                                             : "http://" + std::string{line});
    if (!url || url->host.empty() || !(url->is_address || url->host.contains('.'))
        || mail::is_public_suffix(url->host))
        return false;
    const auto path = plain_path(url->path);
    if (path.size() > longest_path)
        return false;
    Hash hash;
    for (const char c : url->host | std::views::reverse)
        hash.add(c);
    for (const char c : path)
        hash.add(c);
    keys_.push_back(hash.value());
    return true;
}

LinkIndex LinkIndex::Builder::build()
{
    LinkIndex index;
    index.keys_ = std::move(keys_);
    std::ranges::sort(index.keys_);
    const auto rest = std::ranges::unique(index.keys_);
    index.keys_.erase(rest.begin(), rest.end());
    index.keys_.shrink_to_fit();
    return index;
}

LinkIndex::Keys::Keys(std::string_view host, std::string_view path)
    : host_{host}, path_{plain_path(path)}
{
    const bool is_address
        = host.starts_with('[') || host.find_first_not_of("0123456789.") == host.npos;
    Hash hash;
    std::size_t labels = 0;
    for (std::size_t i = host.size(); i-- > 0; hash.add(host[i]))
        if (host[i] == '.' && !is_address && ++labels > 1 && labels <= most_labels)
            all_.push_back({hash.value(), i + 1, 0});
    all_.push_back({hash.value(), 0, 0});
    const bool is_whole = path_.size() <= longest_path;
    std::size_t segments = 0;
    path_ = path_.substr(0, longest_path);
    for (std::size_t i = 0; i < path_.size(); hash.add(path_[i++]))
        if (path_[i] == '/' && i > 0 && ++segments < most_segments)
            all_.push_back({hash.value(), 0, i});
    if (is_whole && !path_.empty())
        all_.push_back({hash.value(), 0, path_.size()});
}

std::string LinkIndex::Keys::entry(const Key& key) const
{
    return std::string{host_.substr(key.from)} + std::string{path_.substr(0, key.to)};
}

std::string LinkIndex::find(const Keys& keys) const
{
    if (!keys_.empty())
        for (const auto& key : keys.all_)
            if (std::ranges::binary_search(keys_, key.hash))
                return keys.entry(key);
    return {};
}

const LoadedLinkLists::File* LoadedLinkLists::find(std::string_view host, std::string_view path,
                                                   std::string& entry) const
{
    const LinkIndex::Keys keys{host, path};
    for (const auto meaning : {LinkMeaning::allowed, LinkMeaning::phishing, LinkMeaning::spam})
        for (const auto& file : files)
            if (file.file.meaning == meaning)
                if (auto found = file.index.find(keys); !found.empty()) {
                    entry = std::move(found);
                    return &file;
                }
    return nullptr;
}

std::expected<std::shared_ptr<const LoadedLinkLists>, std::string>
load_link_lists(const std::vector<LinkFile>& files)
{
    auto lists = std::make_shared<LoadedLinkLists>();
    for (const auto& file : files) {
        auto loaded = load(file);
        if (!loaded)
            return std::unexpected{std::move(loaded.error())};
        lists->files.push_back(std::move(*loaded));
    }
    return lists;
}

std::shared_ptr<LinkLists> LinkLists::of(Services& services)
{
    auto& kept = services.kept("link_lists");
    if (!kept)
        kept = std::make_shared<LinkLists>();
    return std::static_pointer_cast<LinkLists>(kept);
}

std::expected<std::shared_ptr<const LoadedLinkLists>, std::string>
LinkLists::read(const std::vector<LinkFile>& files) const
{
    const auto before = current();
    const auto file_of
        = [](const LoadedLinkLists::File& one) -> const LinkFile& { return one.file; };
    if (before && std::ranges::equal(before->files, files, {}, file_of) && is_current(*before))
        return before;
    auto loaded = load_link_lists(files);
    if (!loaded)
        return std::unexpected{std::move(loaded.error())};
    for (const auto& file : (*loaded)->files)
        if (file.malformed > 0)
            spdlog::warn("intent: {}: {} lines are no links", file.file.path, file.malformed);
    return loaded;
}

std::expected<void, std::string> LinkLists::take(const std::vector<LinkFile>& files)
{
    auto loaded = read(files);
    if (!loaded)
        return std::unexpected{std::move(loaded.error())};
    replace(std::move(*loaded));
    return {};
}

void LinkLists::refresh(net::WorkerPool& pool, net::Env::Steady now,
                        std::chrono::milliseconds every)
{
    const auto tick
        = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    auto last = last_look_.load(std::memory_order_relaxed);
    if (tick - last < every.count() || !last_look_.compare_exchange_strong(last, tick))
        return;
    const auto lists = current();
    if (!lists || lists->files.empty() || is_loading_.exchange(true))
        return;
    pool.post([self = shared_from_this(), lists] {
        std::vector<LinkFile> files;
        for (const auto& file : lists->files)
            files.push_back(file.file);
        if (has_settled_news(*lists))
            if (const auto taken = self->take(files); !taken)
                spdlog::error("intent: {}; the lists read before stay in service", taken.error());
        self->is_loading_ = false;
    });
}
}
