// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/load.hpp"

#include "filters/rules/parser.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace filters::rulebook {
namespace {
namespace fs = std::filesystem;

/// A link that leads nowhere, too: someone wanted its tests.
bool is_wanted(const fs::directory_entry& entry)
{
    std::error_code error;
    return entry.is_regular_file(error) || (entry.is_symlink(error) && !entry.exists(error));
}

std::vector<std::string> files_of(const std::string& path, std::error_code& error)
{
    std::vector<std::string> files;
    if (fs::is_directory(path, error)) {
        for (fs::directory_iterator at{path, error}, end; !error && at != end; at.increment(error))
            if (at->path().extension() == ".cf" && is_wanted(*at))
                files.push_back(at->path().string());
    } else if (!error)
        files.push_back(path);
    std::ranges::sort(files);
    return files;
}

Remark unreadable(const std::string& path, std::string why)
{
    Remark remark;
    remark.name = path;
    remark.complaint.file = path;
    remark.complaint.text = std::move(why);
    return remark;
}
}

std::vector<Remark> read_folders(std::span<const std::string> paths, Parser& parser)
{
    std::vector<Remark> remarks;
    for (const auto& path : paths) {
        std::error_code error;
        const auto files = files_of(path, error);
        if (error)
            remarks.push_back(unreadable(path, "cannot be read: " + error.message()));
        for (const auto& file : files) {
            std::ifstream stream{file, std::ios::binary};
            const std::string text{std::istreambuf_iterator<char>{stream}, {}};
            if (!stream && fs::is_symlink(file, error))
                remarks.push_back(unreadable(file, "is a link that leads nowhere"));
            else if (!stream)
                remarks.push_back(unreadable(file, "cannot be read"));
            else
                parser.read(text, file);
        }
    }
    return remarks;
}

RuleBook load_rules(std::span<const std::string> paths)
{
    Parser parser;
    auto remarks = read_folders(paths, parser);
    auto book = parser.take();
    book.remarks.insert(book.remarks.end(), std::make_move_iterator(remarks.begin()),
                        std::make_move_iterator(remarks.end()));
    return book;
}
}
