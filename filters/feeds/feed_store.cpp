// SPDX-License-Identifier: Apache-2.0
#include "filters/feeds/feed_store.hpp"

#include "filters/auth/tag_list.hpp"
#include "filters/feeds/file_text.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

namespace filters::feeds {
namespace {
namespace fs = std::filesystem;

constexpr std::string_view index_name = "index", seen_name = "seen", current_name = "current",
                           trial_name = "trial", tried_name = "tried", fresh_prefix = ".fresh-";

std::optional<std::uint64_t> serial_of(const std::string& text)
{
    const auto number = auth::parse_decimal(text);
    if (!number || std::to_string(*number) != text)
        return {};
    return *number;
}

std::uint64_t current_serial(const std::string& feed)
{
    std::error_code error;
    const auto target = fs::read_symlink(fs::path{feed} / current_name, error);
    return error ? 0 : serial_of(target.string()).value_or(0);
}
}

std::optional<std::string> FeedStore::path_of(const std::string& directory, const std::string& text)
{
    constexpr std::string_view prefix = "feed:";
    if (!text.starts_with(prefix))
        return text;
    const auto slash = text.find('/');
    if (slash == text.npos)
        return {};
    const auto name = text.substr(prefix.size(), slash - prefix.size());
    const auto file = text.substr(slash + 1);
    if (!is_feed_word(name) || !is_feed_word(file))
        return {};
    return directory + "/feeds/" + name + "/current/" + file;
}

std::vector<FeedStore::Version> FeedStore::versions(const std::string& name) const
{
    std::vector<Version> found;
    const auto feed = root_ + "/" + name;
    const auto in_use = current_serial(feed);
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{feed, error})
        if (entry.is_directory(error) && !entry.is_symlink(error))
            if (const auto serial = serial_of(entry.path().filename().string()))
                found.push_back({*serial, *serial == in_use});
    std::ranges::sort(found, {}, &Version::serial);
    return found;
}

std::optional<FeedIndex> FeedStore::current(const std::string& name) const
{
    const auto text
        = file_text(fs::path{current_directory(name)} / index_name, FeedIndex::longest_text + 1000);
    if (!text)
        return {};
    // Its signature was looked at when it came.
    auto index = FeedIndex::parse(std::string_view{*text}.substr(0, text->rfind("signature ")));
    return index ? std::optional{std::move(*index)} : std::nullopt;
}

std::uint64_t FeedStore::highest_seen(const std::string& name) const
{
    const auto feed = root_ + "/" + name;
    const auto noted = file_text(fs::path{feed} / seen_name, 100);
    const auto seen = noted ? serial_of(*noted).value_or(0) : 0;
    return std::max<std::uint64_t>(seen, current_serial(feed));
}

/// A file under its name in place of the one before, whole at every instant.
void FeedStore::replace(const std::string& directory, const std::string& name,
                        std::string_view text)
{
    const auto fresh = std::string{fresh_prefix} + name;
    files_.remove(directory + "/" + fresh);
    files_.create(directory, fresh, [&](const storage::Files::Write& out) { out(text); });
    fs::rename(directory + "/" + fresh, directory + "/" + name);
    files_.sync_directory(directory);
}

void FeedStore::note_seen(const std::string& name, std::uint64_t serial)
{
    if (const auto highest = highest_seen(name); highest > serial)
        serial = highest;
    replace(root_ + "/" + name, std::string{seen_name}, std::to_string(serial));
}

void FeedStore::use(const std::string& name, std::uint64_t serial)
{
    const auto feed = root_ + "/" + name;
    const auto fresh = feed + "/" + std::string{fresh_prefix} + std::string{current_name};
    fs::remove(fresh);
    fs::create_symlink(std::to_string(serial), fresh);
    files_.reach(storage::Files::Step::link, feed);
    fs::rename(fresh, feed + "/" + std::string{current_name});
    files_.sync_directory(feed);
}

void FeedStore::write_version(const std::string& directory, const std::string& fresh,
                              const FeedIndex& index, std::string_view signed_index,
                              const Contents& contents)
{
    const auto place = directory + "/" + fresh;
    fs::remove_all(place); // what a crash left
    fs::create_directory(place);
    fs::permissions(place, fs::perms::owner_all);
    const auto write = [&](const std::string& name, std::string_view text) {
        files_.create(place, name, [&](const storage::Files::Write& out) { out(text); });
    };
    for (const auto& file : index.files)
        write(file.name, contents.at(file.name));
    write(std::string{index_name}, signed_index);
    files_.sync_directory(place);
}

void FeedStore::drop_all_but(const std::string& name, std::uint64_t current, std::uint64_t before)
{
    for (const auto& version : versions(name))
        if (version.serial != current && version.serial != before)
            fs::remove_all(root_ + "/" + name + "/" + std::to_string(version.serial));
}

std::expected<void, std::string>
FeedStore::install(const FeedIndex& index, std::string_view signed_index, const Contents& contents,
                   const std::function<std::string(const std::string& directory)>& check)
{
    const auto feed = root_ + "/" + index.name;
    const auto fresh = std::string{fresh_prefix} + "version";
    try {
        fs::create_directories(feed);
        fs::permissions(root_, fs::perms::owner_all);
        const auto before = current_serial(feed);
        write_version(feed, fresh, index, signed_index, contents);
        if (auto problem = check(feed + "/" + fresh); !problem.empty()) {
            fs::remove_all(feed + "/" + fresh);
            return std::unexpected{std::move(problem)};
        }
        const auto place = feed + "/" + std::to_string(index.serial);
        fs::remove_all(place); // written, but never in use: a crash came in between
        fs::rename(feed + "/" + fresh, place);
        files_.sync_directory(feed);
        note_trial(index.name, {index.serial, before});
        use(index.name, index.serial);
        return {};
    } catch (const std::exception& error) {
        if (current_serial(feed) == index.serial) {
            spdlog::warn("update: {}: version {} is in use, but not all of it is in order: {}",
                         index.name, index.serial, error.what());
            return {};
        }
        // A disk that is full needs the room.
        std::error_code ignored;
        fs::remove_all(feed + "/" + fresh, ignored);
        return std::unexpected{fmt::format("it cannot be written: {}", error.what())};
    }
}

std::expected<std::uint64_t, std::string> FeedStore::roll_back(const std::string& name)
{
    const auto all = versions(name);
    const auto in_use = std::ranges::find(all, true, &Version::is_current);
    if (in_use == all.end() || in_use == all.begin())
        return std::unexpected{std::string{"there is no version before the one in use"}};
    const auto before = std::prev(in_use)->serial;
    try {
        note_seen(name, in_use->serial);
        note_trial(name, {before, in_use->serial});
        use(name, before);
        return before;
    } catch (const std::exception& error) {
        return std::unexpected{fmt::format("it cannot be written: {}", error.what())};
    }
}

void FeedStore::note_trial(const std::string& name, const TrialNote& note)
{
    replace(root_ + "/" + name, std::string{trial_name},
            fmt::format("{} {} {}", note.serial, note.before, note.was_started_with ? 1 : 0));
}

std::optional<FeedStore::TrialNote> FeedStore::trial_of(const std::string& name) const
{
    const auto feed = root_ + "/" + name;
    const auto text = file_text(fs::path{feed} / trial_name, 100);
    if (!text)
        return {};
    std::istringstream in{*text};
    TrialNote note;
    if (!(in >> note.serial >> note.before >> note.was_started_with)
        || note.serial != current_serial(feed))
        return {};
    return note;
}

void FeedStore::prove(const std::string& name)
{
    const auto note = trial_of(name);
    if (!note)
        return;
    const auto feed = root_ + "/" + name;
    try {
        note_seen(name, note->serial);
        files_.remove(feed + "/" + std::string{trial_name});
        files_.sync_directory(feed);
        if (note->before < note->serial)
            drop_all_but(name, note->serial, note->before);
    } catch (const std::exception& error) {
        spdlog::warn("update: {}: version {} is in use, but not all of it is in order: {}", name,
                     note->serial, error.what());
    }
}

/// Out of use and away.
void FeedStore::put_away(const std::string& name)
{
    const auto feed = root_ + "/" + name;
    const auto serial = current_serial(feed);
    const auto all = versions(name);
    const auto is_here = [&](std::uint64_t one) {
        return std::ranges::find(all, one, &Version::serial) != all.end();
    };
    std::uint64_t next = 0;
    for (const auto& one : all)
        if (one.serial < serial)
            next = one.serial;
    if (const auto note = trial_of(name); note && note->before != serial && is_here(note->before))
        next = note->before;
    if (next != 0)
        use(name, next);
    else {
        files_.remove(feed + "/" + std::string{current_name});
        files_.sync_directory(feed);
    }
    files_.remove(feed + "/" + std::string{trial_name});
    if (serial != 0)
        fs::remove_all(feed + "/" + std::to_string(serial));
}

void FeedStore::withdraw(const std::string& name)
{
    try {
        put_away(name);
    } catch (const std::exception& error) {
        spdlog::error("update: {} cannot be taken out of use: {}", name, error.what());
    }
}

void FeedStore::refuse(const std::string& name, std::uint64_t serial)
{
    try {
        note_seen(name, serial);
    } catch (const std::exception& error) {
        spdlog::warn("update: {}: version {} may come again: {}", name, serial, error.what());
    }
}

std::vector<FeedStore::Trial> FeedStore::start_trials()
{
    std::vector<Trial> trials;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{root_, error}) {
        const auto name = entry.path().filename().string();
        auto note = trial_of(name);
        if (!note)
            continue;
        trials.push_back({name, note->serial, note->was_started_with});
        try {
            note->was_started_with = true;
            note_trial(name, *note);
        } catch (const std::exception& problem) {
            spdlog::error("update: the trial of {} cannot be noted: {}", name, problem.what());
        }
    }
    return trials;
}

void FeedStore::take_back(const Trial& trial)
{
    const auto feed = root_ + "/" + trial.name;
    try {
        const auto tried = file_text(fs::path{feed} / tried_name, 100);
        if (tried && *tried == std::to_string(trial.serial))
            note_seen(trial.name, trial.serial);
        replace(feed, std::string{tried_name}, std::to_string(trial.serial));
        put_away(trial.name);
        const auto now = current_serial(feed);
        spdlog::error(
            "update: {}: the gateway cannot start with version {}: {}", trial.name, trial.serial,
            now == 0 ? "none is in use now" : fmt::format("version {} is in use again", now));
    } catch (const std::exception& error) {
        spdlog::error("update: {} cannot be taken out of use: {}", trial.name, error.what());
    }
}
}
