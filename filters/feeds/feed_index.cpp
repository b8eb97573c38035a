// SPDX-License-Identifier: Apache-2.0
#include "filters/feeds/feed_index.hpp"

#include "filters/auth/tag_list.hpp"
#include "filters/content/sha256.hpp"
#include "gateway/mail/ascii.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

namespace filters::feeds {
namespace {
using Read = std::expected<FeedIndex, std::string>;

constexpr std::string_view head = "mailweir feed 1", signature_word = "signature ";
/// A key may sign other things, too: none of them is taken for an index.
constexpr std::string_view purpose = "mailweir feed index\n";
constexpr std::array<std::string_view, 6> kinds{"rules", "links",        "addresses",
                                                "model", "fingerprints", "other"};

std::optional<std::uint64_t> parse_number(std::string_view text)
{
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty())
        return {};
    return number;
}

std::optional<content::Sha256> parse_hash(std::string_view text)
{
    content::Sha256 hash{};
    if (text.size() != 2 * hash.size())
        return {};
    for (std::size_t i = 0; i < hash.size(); ++i) {
        const auto* at = text.data() + 2 * i;
        const auto [end, error] = std::from_chars(at, at + 2, hash[i], 16);
        if (error != std::errc{} || end != at + 2)
            return {};
    }
    return hash;
}

/// "2026-11-22T08:00:00Z".
std::optional<std::chrono::sys_seconds> parse_date(std::string_view text)
{
    constexpr std::string_view form = "dddd-dd-ddTdd:dd:ddZ";
    if (text.size() != form.size())
        return {};
    for (std::size_t i = 0; i < form.size(); ++i)
        if (form[i] == 'd' ? !mail::is_digit(text[i]) : text[i] != form[i])
            return {};
    const auto number = [&](std::size_t at, std::size_t size) {
        return static_cast<unsigned>(parse_number(text.substr(at, size)).value_or(0));
    };
    const std::chrono::year_month_day day{std::chrono::year{static_cast<int>(number(0, 4))},
                                          std::chrono::month{number(5, 2)},
                                          std::chrono::day{number(8, 2)}};
    if (!day.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 59)
        return {};
    return std::chrono::sys_days{day} + std::chrono::hours{number(11, 2)}
    + std::chrono::minutes{number(14, 2)} + std::chrono::seconds{number(17, 2)};
}

std::string_view take_line(std::string_view& text)
{
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

/// What stands behind "word " in the next line.
std::optional<std::string_view> take_value(std::string_view& text, std::string_view word)
{
    auto line = take_line(text);
    if (!line.starts_with(word) || line.size() <= word.size() || line[word.size()] != ' ')
        return {};
    return line.substr(word.size() + 1);
}

std::optional<FeedFile> parse_file(std::string_view line)
{
    const auto words = auth::split(line, ' ');
    if (words.size() != 5 || words[0] != "file")
        return {};
    const auto kind = parse_file_kind(words[1]);
    const auto size = parse_number(words[2]);
    const auto hash = parse_hash(words[3]);
    // The index itself lies beside them.
    if (!kind || !size || *size > FeedIndex::largest_file || !hash || !is_feed_word(words[4])
        || words[4] == "index")
        return {};
    return FeedFile{*kind, std::string{words[4]}, *size, *hash};
}

std::string problem_of(const FeedIndex& index)
{
    std::uint64_t sum = 0;
    for (const auto& file : index.files)
        sum += file.size;
    if (index.files.empty())
        return "it names no file";
    if (sum > FeedIndex::largest_feed)
        return "its files are too large together";
    const auto is_in_order = [](const FeedFile& a, const FeedFile& b) { return a.name < b.name; };
    for (std::size_t i = 1; i < index.files.size(); ++i)
        if (!is_in_order(index.files[i - 1], index.files[i]))
            return "its files are not in order, or one stands twice";
    return {};
}
}

std::string_view to_string(FileKind kind) { return kinds[static_cast<std::size_t>(kind)]; }

std::optional<FileKind> parse_file_kind(std::string_view word)
{
    const auto* const known = std::ranges::find(kinds, word);
    if (known == kinds.end())
        return {};
    return static_cast<FileKind>(known - kinds.begin());
}

bool is_feed_word(std::string_view text)
{
    return !text.empty() && text.size() <= 100 && !text.starts_with('.')
        && std::ranges::all_of(text, [](char c) {
               return mail::is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
           });
}

std::string FeedIndex::to_text() const
{
    auto text = fmt::format("{}\nname {}\nserial {}\ndate {:%Y-%m-%dT%H:%M:%SZ}\n", head, name,
                            serial, fmt::gmtime(made.time_since_epoch().count()));
    for (const auto& file : files)
        text += fmt::format("file {} {} {} {}\n", to_string(file.kind), file.size,
                            content::to_hex(file.sha256), file.name);
    return text;
}

Read FeedIndex::parse(std::string_view text)
{
    const auto refuse = [](std::string why) { return std::unexpected{std::move(why)}; };
    if (text.size() > longest_text)
        return refuse("it is too long");
    FeedIndex index;
    auto rest = text;
    if (take_line(rest) != head)
        return refuse("it is no index of a feed");
    const auto feed = take_value(rest, "name");
    if (!feed || !is_feed_word(*feed))
        return refuse("it has no name");
    index.name = *feed;
    const auto number = take_value(rest, "serial");
    index.serial = number ? parse_number(*number).value_or(0) : 0;
    const auto date = take_value(rest, "date");
    const auto time = date ? parse_date(*date) : std::nullopt;
    if (index.serial == 0 || !time)
        return refuse("it has no serial number or no date");
    index.made = *time;
    while (!rest.empty()) {
        auto file = parse_file(take_line(rest));
        if (!file || index.files.size() >= most_files)
            return refuse("a line names no file as it should, or there are too many");
        index.files.push_back(std::move(*file));
    }
    if (auto problem = problem_of(index); !problem.empty())
        return refuse(std::move(problem));
    if (index.to_text() != text)
        return refuse("it is not written as it should be");
    return index;
}

const FeedFile* FeedIndex::find(std::string_view file) const
{
    const auto found = std::ranges::find(files, file, &FeedFile::name);
    return found == files.end() ? nullptr : &*found;
}

std::optional<FeedKey> FeedKey::parse(std::string_view base64)
{
    const auto octets = auth::decode_base64(base64);
    FeedKey key;
    if (!octets || octets->size() != key.octets_.size())
        return {};
    std::ranges::transform(*octets, key.octets_.begin(),
                           [](char c) { return static_cast<unsigned char>(c); });
    return key;
}

bool FeedKey::verifies(std::string_view message, std::string_view signature) const
{
    const auto octets
        = [](std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); };
    EVP_PKEY* key
        = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets_.data(), octets_.size());
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    const bool is_good = key && context
        && EVP_DigestVerifyInit(context, nullptr, nullptr, nullptr, key) == 1
        && EVP_DigestVerify(context, octets(signature), signature.size(), octets(message),
                            message.size())
            == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return is_good;
}

std::string signed_text(const FeedIndex& index, const auth::PrivateKey& key)
{
    const auto text = index.to_text();
    const auto signature = key.sign(std::string{purpose} + text);
    return text + std::string{signature_word} + auth::encode_base64(signature) + "\n";
}

Read verified_index(std::string_view text, const FeedKey& key, std::string_view name)
{
    constexpr std::size_t longest_signature = 200;
    const auto at = text.rfind(signature_word);
    const bool has_signature = text.size() <= FeedIndex::longest_text + longest_signature
        && text.ends_with('\n') && at != text.npos && at > 0 && text[at - 1] == '\n';
    if (!has_signature)
        return std::unexpected{std::string{"it is not signed"}};
    const auto signed_part = text.substr(0, at);
    const auto signature = auth::decode_base64(
        text.substr(at + signature_word.size(), text.size() - at - signature_word.size() - 1));
    if (!signature || !key.verifies(std::string{purpose} + std::string{signed_part}, *signature))
        return std::unexpected{std::string{"its signature is wrong: it is not of this source"}};
    auto index = FeedIndex::parse(signed_part);
    if (index && index->name != name)
        return std::unexpected{"it is the index of the feed \"" + index->name + "\""};
    return index;
}
}
