// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/signature.hpp"

#include "gateway/mail/address.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>

namespace filters::auth {
namespace {
constexpr std::size_t longest_selector = 200;
constexpr std::size_t longest_identity = 320;
constexpr std::size_t longest_algorithm = 40;
constexpr std::size_t start_length = 8;

bool is_selector(std::string_view text)
{
    return !text.empty() && text.size() <= longest_selector
        && std::ranges::all_of(split(text, '.'), [](std::string_view label) {
               return !label.empty() && label.size() <= 63
                   && std::ranges::all_of(label, [](char c) {
                          return mail::is_alphanumeric(c) || c == '-' || c == '_';
                      });
           });
}

/// One field's tags, taken one by one; the first problem stands.
class Reading {
public:
    Reading(Signature& signature, const TagList& tags) : to_{signature}, tags_{tags} { }

    void common()
    {
        domain();
        if (const auto selector = required("s"); is_selector(selector))
            to_.selector = selector;
        else
            refuse("the selector is not valid");
        algorithm();
        octets();
        to_.signed_at = time("t");
    }
    void version()
    {
        if (tags_.value("v") != "1")
            refuse("the version is not 1");
    }
    void identity()
    {
        const auto given = tags_.value("i", "@");
        const auto at = given.rfind('@');
        const auto printable = [](char c) { return c > ' ' && c <= '~'; };
        if (at == given.npos || given.size() > longest_identity
            || !std::ranges::all_of(given, printable))
            return refuse("the identity is not valid");
        to_.identity = given;
        if (given == "@")
            to_.identity += to_.domain;
        const auto own = mail::Domain::parse(to_.domain);
        const auto claimed = mail::Domain::parse(std::string_view{to_.identity}.substr(at + 1));
        if (!own || !claimed || !claimed->is_within(*own))
            refuse("the identity is not of the signing domain");
    }
    void coverage(std::string_view default_canonicalization)
    {
        const auto list = required("h");
        to_.signed_fields = split(list, ':');
        if (to_.signed_fields.size() > Signature::most_signed_fields)
            refuse("too many fields are signed");
        canonicalizations(default_canonicalization);
        const auto hash = decode_base64(required("bh"));
        if (!hash || hash->empty())
            return refuse("the body hash is not base64");
        to_.body_hash = *hash;
    }
    void from_is_signed()
    {
        if (std::ranges::none_of(to_.signed_fields, [](std::string_view name) {
                return mail::equals_ignoring_case(name, "From");
            }))
            refuse("From is not signed");
    }
    /// RFC 8617 §4.1.2.
    void no_seal_is_signed()
    {
        if (std::ranges::any_of(to_.signed_fields, [](std::string_view name) {
                return mail::equals_ignoring_case(name, "ARC-Seal");
            }))
            refuse("a seal is signed by what it seals");
    }
    void restrictions()
    {
        const auto methods = split(tags_.value("q", "dns/txt"), ':');
        if (std::ranges::find(methods, "dns/txt") == methods.end())
            refuse("the key is not to be had from the DNS");
        if (const auto* length = tags_.find("l"))
            if (!(to_.length = parse_decimal(length->value)))
                refuse("the length is no number");
        to_.expires_at = time("x");
        if (to_.expires_at && to_.signed_at && *to_.expires_at <= *to_.signed_at)
            refuse("it expires before it is made");
    }
    void seal()
    {
        to_.chain_status = tags_.value("cv");
        constexpr std::array<std::string_view, 3> known{"none", "pass", "fail"};
        if (std::ranges::find(known, to_.chain_status) == known.end())
            refuse("the chain status is not valid");
        if (tags_.find("h"))
            refuse("a seal signs no other fields");
    }

private:
    void refuse(std::string_view problem)
    {
        if (to_.problem.empty())
            to_.problem = problem;
    }
    std::string_view required(std::string_view name)
    {
        const auto value = tags_.value(name);
        if (value.empty() && !tags_.find(name))
            refuse("the tag " + std::string{name} + "= is missing");
        return value;
    }
    void domain()
    {
        const auto domain = mail::Domain::parse(required("d"));
        if (!domain || domain->is_literal())
            return refuse("the domain is not valid");
        to_.domain = domain->ascii();
    }
    void algorithm()
    {
        const auto algorithm = required("a");
        if (std::ranges::all_of(algorithm, mail::is_printable))
            to_.algorithm = algorithm.substr(0, longest_algorithm);
        if (algorithm == "ed25519-sha256")
            to_.key_type = KeyType::ed25519;
        else if (algorithm.ends_with("-sha1"))
            refuse("SHA-1 does not count");
        else if (algorithm != "rsa-sha256")
            refuse("the algorithm is unknown");
    }
    void octets()
    {
        const auto* tag = tags_.find("b");
        const auto decoded = decode_base64(required("b"));
        if (tag) {
            to_.unsigned_part = tag->whole;
            to_.start = without_white_space(tag->value.substr(0, 4 * start_length));
            to_.start.resize(std::min(to_.start.size(), start_length));
        }
        if (!decoded || decoded->empty()) {
            to_.start.clear();
            return refuse("the signature is not base64");
        }
        to_.octets = *decoded;
    }
    void canonicalizations(std::string_view otherwise)
    {
        const auto words = split(tags_.value("c", otherwise), '/');
        const auto read = [&](std::string_view word) {
            if (word != "simple" && word != "relaxed")
                refuse("the canonicalization is unknown");
            return word == "relaxed" ? Canonicalization::relaxed : Canonicalization::simple;
        };
        to_.header = read(words[0]);
        if (words.size() > 1)
            to_.body = read(words[1]);
        if (words.size() > 2)
            refuse("the canonicalization is unknown");
    }
    std::optional<std::chrono::system_clock::time_point> time(std::string_view name)
    {
        const auto* tag = tags_.find(name);
        if (!tag)
            return {};
        const auto seconds = parse_decimal(tag->value);
        if (!seconds || tag->value.size() > 12) {
            refuse("a time is not valid");
            return {};
        }
        // What lies beyond the clock's range is as far away as it goes.
        constexpr unsigned long long latest = 9'000'000'000;
        return std::chrono::system_clock::time_point{
            std::chrono::seconds{std::min(*seconds, latest)}};
    }

    Signature& to_;
    const TagList& tags_;
};

bool is_name_before(std::string_view a, std::string_view b)
{
    return std::ranges::lexicographical_compare(a, b, {}, mail::to_lower, mail::to_lower);
}
}

Signature Signature::read(const mail::Field& field, SignatureKind kind)
{
    Signature signature;
    signature.field = &field;
    const auto tags = TagList::parse(field.value);
    if (!tags) {
        signature.problem = "the field has no valid syntax";
        return signature;
    }
    Reading reading{signature, *tags};
    reading.common();
    if (kind == SignatureKind::arc_seal) {
        reading.seal();
        return signature;
    }
    // RFC 8617 names no default of its own, but the public vectors, made by a sealer in use, mean
    // relaxed.
    const bool is_dkim = kind == SignatureKind::dkim;
    reading.coverage(is_dkim ? "simple/simple" : "relaxed/relaxed");
    if (is_dkim) {
        reading.version();
        reading.identity();
        reading.from_is_signed();
        reading.restrictions();
    } else {
        reading.no_seal_is_signed();
    }
    return signature;
}

bool Signature::has_own_identity() const
{
    const auto at = identity.rfind('@');
    return at != identity.npos
        && mail::equals_ignoring_case(std::string_view{identity}.substr(at + 1), domain);
}

FieldIndex::FieldIndex(const mail::Message& message) : message_{message}
{
    const auto& fields = message.header().fields();
    fields_.reserve(fields.size());
    for (const auto& field : fields)
        fields_.push_back(&field);
    std::ranges::sort(fields_, [](const mail::Field* a, const mail::Field* b) {
        if (is_name_before(a->name, b->name))
            return true;
        return !is_name_before(b->name, a->name) && a->offset > b->offset;
    });
}

void FieldIndex::append_signed(std::string& out, const std::vector<std::string_view>& names,
                               const mail::Field* own, Canonicalization canonicalization) const
{
    std::vector<std::size_t> used(fields_.size(), 0); // by the first place of the name
    for (const auto name : names) {
        const auto first = std::ranges::lower_bound(fields_, name, is_name_before,
                                                    [](const mail::Field* f) { return f->name; });
        const auto start = static_cast<std::size_t>(first - fields_.begin());
        if (first == fields_.end() || !(*first)->is(name))
            continue;
        auto at = start + used[start];
        if (at < fields_.size() && fields_[at] == own) {
            ++at;
            ++used[start];
        }
        if (at >= fields_.size() || !fields_[at]->is(name))
            continue;
        ++used[start];
        append_field(out, message_, *fields_[at], canonicalization);
    }
}

std::string FieldIndex::canonical_header(const Signature& signature) const
{
    std::string out;
    out.reserve(2048);
    append_signed(out, signature.signed_fields, signature.field, signature.header);
    append_own_field(out, message_, signature, signature.header);
    return out;
}

std::string FieldIndex::canonical_header(const std::vector<std::string_view>& names,
                                         std::string_view own_field,
                                         Canonicalization canonicalization) const
{
    std::string out;
    append_signed(out, names, nullptr, canonicalization);
    append_field(out, own_field, canonicalization);
    out.resize(out.size() - 2);
    return out;
}

void append_own_field(std::string& out, const mail::Message& message, const Signature& signature,
                      Canonicalization canonicalization)
{
    const auto raw = raw_field(message, *signature.field);
    std::string emptied;
    emptied.reserve(raw.size());
    const auto cut = static_cast<std::size_t>(signature.unsigned_part.data() - raw.data());
    emptied += raw.substr(0, cut);
    emptied += raw.substr(cut + signature.unsigned_part.size());
    append_field(out, emptied, canonicalization);
    out.resize(out.size() - 2);
}
}
