// SPDX-License-Identifier: Apache-2.0
// Every leaf part that GMime finds in real mail must be among ours, octet for octet, in one of the
// readings. Usage: mime_peer DIFFERENCES < PATHS. Prints a line for each difference; fails where
// one is not among the known ones.
#include "filters/content/mime.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gmime/gmime.h>

namespace {
struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
};
template <class T> using Owned = std::unique_ptr<T, Unref>;

struct Leaf {
    std::string type, sha256;
    std::size_t size = 0;
};

std::string sha256(std::string_view bytes)
{
    std::unique_ptr<char, decltype(&g_free)> hex{
        g_compute_checksum_for_data(G_CHECKSUM_SHA256,
                                    reinterpret_cast<const guchar*>(bytes.data()), bytes.size()),
        g_free};
    return hex.get();
}

void add_leaf(GMimePart* part, std::vector<Leaf>& leaves)
{
    GMimeDataWrapper* content = g_mime_part_get_content(part);
    if (!content)
        return;
    const Owned<GMimeStream> out{g_mime_stream_mem_new()};
    g_mime_data_wrapper_write_to_stream(content, out.get());
    const GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out.get()));
    const std::string_view octets{reinterpret_cast<const char*>(bytes->data), bytes->len};
    std::unique_ptr<char, decltype(&g_free)> type{
        g_mime_content_type_get_mime_type(g_mime_object_get_content_type(GMIME_OBJECT(part))),
        g_free};
    leaves.push_back({type.get(), sha256(octets), octets.size()});
}

std::vector<Leaf> theirs(const std::string& message)
{
    std::vector<Leaf> leaves;
    const Owned<GMimeStream> stream{
        g_mime_stream_mem_new_with_buffer(message.data(), message.size())};
    const Owned<GMimeParser> parser{g_mime_parser_new_with_stream(stream.get())};
    const Owned<GMimeMessage> root{g_mime_parser_construct_message(parser.get(), nullptr)};
    if (!root)
        return leaves;
    std::vector<GMimeObject*> open{g_mime_message_get_mime_part(root.get())};
    while (!open.empty()) {
        GMimeObject* object = open.back();
        open.pop_back();
        if (GMIME_IS_MESSAGE_PART(object)) {
            if (auto* inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object)))
                open.push_back(g_mime_message_get_mime_part(inner));
        } else if (GMIME_IS_MULTIPART(object)) {
            const int count = g_mime_multipart_get_count(GMIME_MULTIPART(object));
            for (int i = 0; i < count; ++i)
                open.push_back(g_mime_multipart_get_part(GMIME_MULTIPART(object), i));
        } else if (GMIME_IS_PART(object)) {
            add_leaf(GMIME_PART(object), leaves);
        }
    }
    return leaves;
}

std::set<std::string> ours(const std::string& message)
{
    using namespace filters::content;
    constexpr std::size_t limit = 50U << 20;
    std::set<std::string> found;
    const auto structure = parse_mime(message, Limits{});
    for (const auto& part : structure.parts) {
        const auto decoded = decode(part.body, part.encoding, limit);
        found.insert(sha256(decoded.bytes));
        for (const auto& other : decoded.others)
            found.insert(sha256(other));
    }
    return found;
}

/// "id type" → the reason.
std::map<std::string, std::string> known_differences(const char* path)
{
    std::map<std::string, std::string> known;
    std::ifstream in{path};
    for (std::string line; std::getline(in, line);) {
        const auto first = line.find('\t'), second = line.rfind('\t');
        if (!line.starts_with('#') && first != std::string::npos)
            known[line.substr(0, first) + " " + line.substr(first + 1, second - first - 1)]
                = line.substr(second + 1);
    }
    return known;
}
}

int main(int argc, char** argv)
{
    if (argc != 2)
        return 2;
    const auto known = known_differences(argv[1]);
    g_mime_init();
    std::size_t messages = 0, leaves = 0, missing = 0, explained = 0;
    for (std::string path; std::getline(std::cin, path);) {
        std::ifstream in{path, std::ios::binary};
        const std::string message{std::istreambuf_iterator<char>{in}, {}};
        const auto found = ours(message);
        ++messages;
        for (const auto& leaf : theirs(message)) {
            ++leaves;
            // What has no octets cannot hide anything.
            if (leaf.size == 0 || found.contains(leaf.sha256))
                continue;
            const auto reason
                = known.find(std::filesystem::path{path}.stem().string() + " " + leaf.type);
            ++(reason == known.end() ? missing : explained);
            std::printf("%s\t%s\t%zu\t%s\n", path.c_str(), leaf.type.c_str(), leaf.size,
                        reason == known.end() ? "NOT EXPLAINED" : reason->second.c_str());
        }
    }
    std::printf("%zu messages, %zu leaf parts of GMime, %zu known differences, %zu others\n",
                messages, leaves, explained, missing);
    return missing == 0 ? 0 : 1;
}
