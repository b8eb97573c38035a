// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/message_files.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>

namespace app::commands {
namespace fs = std::filesystem;

namespace {
/// All files below a folder, in lexical order; hidden ones and a Maildir's tmp are left out.
void add_folder(const std::string& folder, std::vector<std::string>& files)
{
    std::vector<std::string> found;
    std::error_code error;
    auto at = fs::recursive_directory_iterator{
        folder, fs::directory_options::skip_permission_denied, error};
    for (; !error && at != fs::recursive_directory_iterator{}; at.increment(error)) {
        const auto name = at->path().filename().string();
        if (at->is_directory(error) && (name == "tmp" || name.starts_with('.')))
            at.disable_recursion_pending();
        else if (at->is_regular_file(error) && !name.starts_with('.'))
            found.push_back(at->path().string());
    }
    std::ranges::sort(found);
    files.insert(files.end(), found.begin(), found.end());
}
}

std::expected<MessageFiles, std::string> MessageFiles::find(const std::vector<std::string>& paths)
{
    MessageFiles files;
    std::error_code error;
    for (const auto& path : paths) {
        if (path != "-" && !fs::exists(path, error))
            return std::unexpected{path + ": no such file or folder"};
        if (path != "-" && fs::is_directory(path, error))
            add_folder(path, files.files_);
        else
            files.files_.push_back(path);
    }
    for (const auto& file : files.files_)
        if (const auto size = fs::file_size(file, error); !error)
            files.octets_ += size;
    return files;
}

MessageFiles::MessageFiles(MessageFiles&& other) noexcept
    : files_{std::move(other.files_)}, octets_{other.octets_}
{ }

std::uint64_t MessageFiles::octets_read() const
{
    const std::scoped_lock lock{mutex_};
    return octets_read_;
}

bool MessageFiles::open_next()
{
    if (next_file_ == files_.size())
        return false;
    path_ = files_[next_file_++];
    is_mbox_ = false;
    in_mbox_ = 0;
    if (path_ == "-")
        return true;
    in_ = std::ifstream{path_, std::ios::binary};
    std::string head(5, '\0');
    in_.read(head.data(), 5);
    is_mbox_ = head == "From ";
    in_.clear();
    in_.seekg(0);
    return true;
}

RawMessage MessageFiles::whole_file()
{
    RawMessage message{count_++, path_, {}, {}};
    std::istream& in = path_ == "-" ? std::cin : in_;
    if (!in)
        message.problem = "cannot be read";
    std::string part(1U << 16, '\0');
    while (in && message.text.size() <= largest) {
        in.read(part.data(), static_cast<std::streamsize>(part.size()));
        message.text.append(part, 0, static_cast<std::size_t>(in.gcount()));
    }
    if (message.text.size() > largest) {
        message.problem = "larger than 128 MiB";
        message.text.clear();
    }
    octets_read_ += message.text.size();
    return message;
}

std::optional<RawMessage> MessageFiles::next_of_mbox()
{
    RawMessage message{count_, path_ + "#" + std::to_string(in_mbox_ + 1), {}, {}};
    std::string line;
    bool was_empty = true, has_lines = false;
    if (in_mbox_ == 0)
        std::getline(in_, line); // the first "From " line
    while (std::getline(in_, line)) {
        octets_read_ += line.size() + 1;
        if (was_empty && line.starts_with("From "))
            break;
        has_lines = true;
        was_empty = line.empty() || line == "\r";
        // mboxrd: quoted From lines have one '>' more than they had.
        const auto quotes = line.find_first_not_of('>');
        if (quotes != line.npos && quotes > 0
            && std::string_view{line}.substr(quotes).starts_with("From "))
            line.erase(0, 1);
        if (message.text.size() <= largest)
            message.text += line + "\n";
    }
    if (!has_lines && !in_)
        return {};
    if (message.text.ends_with("\n\n"))
        message.text.pop_back(); // the empty line that parts messages
    if (message.text.size() > largest) {
        message.problem = "larger than 128 MiB";
        message.text.clear();
    }
    ++in_mbox_;
    ++count_;
    return message;
}

std::optional<RawMessage> MessageFiles::next()
{
    const std::scoped_lock lock{mutex_};
    for (;;) {
        if (is_mbox_)
            if (auto message = next_of_mbox())
                return message;
        if (!open_next())
            return {};
        if (!is_mbox_)
            return whole_file();
    }
}
}
