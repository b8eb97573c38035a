// SPDX-License-Identifier: Apache-2.0
// What one report finds again, and what it hits that it should not.
//   fingerprint_replay INDEX ROOT      online: each spam is reported once, after it was looked up
//   fingerprint_replay --fill N        look-up and memory with N fingerprints
#include "filters/auth/tag_list.hpp"
#include "filters/content/analysis.hpp"
#include "filters/content/shingles.hpp"
#include "filters/fingerprint_table.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <unordered_map>

namespace {
using filters::FingerprintTable;
using filters::Teacher;
using Prints = std::vector<filters::content::Fingerprint>;
using Clock = std::chrono::steady_clock;

const FingerprintTable::Time now{std::chrono::seconds{1'700'000'000}};
const Teacher administrator{Teacher::Kind::administrator, "bench"};
constexpr double similarity = 0.7;

struct Sample {
    std::string path;
    bool is_spam = false;
    Prints prints;
    std::vector<std::vector<std::uint64_t>> shingles;
    std::string text; ///< of the first part that is read
};

double micros(Clock::duration time, std::size_t count)
{
    return std::chrono::duration<double, std::micro>(time).count()
        / static_cast<double>(std::max<std::size_t>(1, count));
}

struct Costs {
    Clock::duration analysis{}, prints{};
    std::size_t messages = 0;
};

Sample read_sample(const std::string& path, bool is_spam, Costs& costs)
{
    std::ifstream in{path, std::ios::binary};
    std::stringstream bytes;
    bytes << in.rdbuf();
    const auto message = mail::Message::from_text(bytes.str());
    const auto start = Clock::now();
    const auto content = filters::content::analyse(message, {});
    const auto analysed = Clock::now();
    const auto names = filters::content::recipient_words(message.header());
    Sample sample{path, is_spam, filters::content::fingerprints_of(content, names), {}, {}};
    costs.prints += Clock::now() - analysed;
    costs.analysis += analysed - start;
    ++costs.messages;
    for (const auto& body : content.bodies) {
        if (sample.text.empty())
            sample.text = body.visible;
        auto shingles
            = filters::content::shingles_of(filters::content::template_of(body.visible, names));
        if (shingles.size() >= 20)
            sample.shingles.push_back(std::move(shingles));
    }
    return sample;
}

/// Exact resemblance with all spam before, by an index of all shingles: what there is to be found.
class Truth {
public:
    bool has_like(const Sample& sample) const
    {
        for (const auto& shingles : sample.shingles) {
            std::unordered_map<std::size_t, std::size_t> shared;
            for (const auto shingle : shingles)
                if (const auto known = where_.find(shingle); known != where_.end())
                    for (const auto text : known->second)
                        ++shared[text];
            for (const auto& [text, both] : shared)
                if (static_cast<double>(both)
                    >= similarity * static_cast<double>(shingles.size() + sizes_[text] - both))
                    return true;
        }
        return false;
    }
    void add(const Sample& sample)
    {
        for (const auto& shingles : sample.shingles) {
            for (const auto shingle : shingles)
                where_[shingle].push_back(sizes_.size());
            sizes_.push_back(shingles.size());
        }
    }

private:
    std::unordered_map<std::uint64_t, std::vector<std::size_t>> where_;
    std::vector<std::size_t> sizes_;
};

std::vector<Sample> read_index(const char* index, const std::string& root)
{
    std::vector<Sample> samples;
    Costs costs;
    std::ifstream in{index};
    for (std::string label, path; in >> label >> path;)
        samples.push_back(read_sample(root + "/" + path, label == "spam", costs));
    std::printf("messages %zu: analysis %.1f us, fingerprints %.1f us each\n", costs.messages,
                micros(costs.analysis, costs.messages), micros(costs.prints, costs.messages));
    return samples;
}

struct Tally {
    std::size_t spam = 0, told = 0, exact = 0, fuzzy = 0, like = 0, like_found = 0;
};

void replay_online(const std::vector<Sample>& samples)
{
    FingerprintTable table;
    Truth truth;
    Tally tally;
    std::size_t ham = 0, ham_hit = 0;
    Clock::duration asked{};
    for (const auto& sample : samples) {
        const auto start = Clock::now();
        const auto found = table.find(sample.prints, similarity, now);
        asked += Clock::now() - start;
        const bool counts = !found.empty() && !found.front().is_contested;
        if (!sample.is_spam) {
            ++ham;
            ham_hit += counts ? 1 : 0;
            continue;
        }
        const bool is_exact = std::ranges::any_of(found, &FingerprintTable::Match::is_exact);
        ++tally.spam;
        tally.told += sample.prints.empty() ? 0 : 1;
        tally.exact += is_exact ? 1 : 0;
        tally.fuzzy += counts && !is_exact ? 1 : 0;
        const bool is_like = truth.has_like(sample);
        tally.like += is_like ? 1 : 0;
        tally.like_found += is_like && counts ? 1 : 0;
        table.learn(sample.prints, true, administrator, now);
        truth.add(sample);
    }
    std::printf("online: spam %zu, with fingerprints %zu, found again: the same %zu, alike %zu\n",
                tally.spam, tally.told, tally.exact, tally.fuzzy);
    std::printf("  texts with one before that shares 70 %% of all shingles: %zu, found %zu\n",
                tally.like, tally.like_found);
    std::printf("  ham %zu, hit %zu; look-up %.2f us a message\n", ham, ham_hit,
                micros(asked, samples.size()));
}

/// The hardest case: all spam is known, no ham was learnt.
void replay_ham(const std::vector<Sample>& samples, bool tells)
{
    FingerprintTable table;
    for (const auto& sample : samples)
        if (sample.is_spam)
            table.learn(sample.prints, true, administrator, now);
    std::size_t ham = 0, hit = 0;
    for (const auto& sample : samples) {
        if (sample.is_spam)
            continue;
        ++ham;
        for (const auto& match : table.find(sample.prints, similarity, now)) {
            if (tells)
                std::printf("  ham hit: %s part %s %.2f\n", sample.path.c_str(), match.path.c_str(),
                            match.similarity);
            ++hit;
            break;
        }
    }
    std::printf("all spam known: ham %zu, hit %zu\n", ham, hit);
}

/// As somebody passes it on: lines before and behind it, quoted, in another encoding.
Prints forwarded(const std::string& text)
{
    std::string body = "Look what came today, do you know these people?\n"
                       "I did not answer. Can you tell the others in the office about it?\n\n"
                       "-------- Forwarded message --------\n> ";
    for (const char c : text)
        body += c == '\n' ? std::string{"\n> "} : std::string{c};
    body += "\n\nWe should talk about it on Monday, before the meeting begins.\n"
            "-- \nA. Person, Head of Nothing\nTelephone 0123 456\n";
    const auto message
        = mail::Message::from_text("From: a@b.example\r\nTo: c@d.example\r\nSubject: Fwd: [tag]\r\n"
                                   "MIME-Version: 1.0\r\nContent-Type: text/plain; "
                                   "charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                                   + filters::auth::encode_base64(body) + "\r\n");
    return filters::content::fingerprints_of(filters::content::analyse(message, {}), {});
}

void replay_forwarded(const std::vector<Sample>& samples)
{
    FingerprintTable table;
    std::size_t texts = 0, found = 0;
    for (const auto& sample : samples)
        if (sample.is_spam)
            table.learn(sample.prints, true, administrator, now);
    for (const auto& sample : samples) {
        const bool counts = sample.is_spam && !sample.shingles.empty() && sample.text.size() > 600;
        texts += counts ? 1 : 0;
        found += counts && !table.find(forwarded(sample.text), similarity, now).empty() ? 1 : 0;
    }
    std::printf("forwarded with six lines added, quoted, as base64 (texts over 600 octets): %zu, "
                "found %zu\n",
                texts, found);
}

Prints random_print(std::mt19937_64& random)
{
    Prints prints(1);
    prints[0].exact = {random(), random()};
    prints[0].shingles = 100;
    for (auto& place : prints[0].sketch)
        place = static_cast<std::uint8_t>(random());
    return prints;
}

std::size_t resident_kib()
{
    std::ifstream in{"/proc/self/status"};
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("VmRSS:"))
            return std::stoul(line.substr(6));
    return 0;
}

void fill(std::size_t count)
{
    FingerprintTable table;
    const auto before = resident_kib();
    table.configure({.entries = count});
    std::mt19937_64 random{1};
    std::vector<Prints> some;
    auto start = Clock::now();
    for (std::size_t i = 0; i < count; ++i) {
        auto prints = random_print(random);
        table.learn(prints, true, administrator, now);
        if (i % std::max<std::size_t>(1, count / 1000) == 0)
            some.push_back(std::move(prints));
    }
    std::printf("%zu fingerprints: %.1f us to learn one, %zu MiB\n", count,
                micros(Clock::now() - start, count), (resident_kib() - before) / 1024);
    constexpr std::size_t rounds = 100'000;
    start = Clock::now();
    std::size_t found = 0;
    for (std::size_t i = 0; i < rounds; ++i)
        found += table.find(random_print(random), similarity, now).size();
    std::printf("  unknown: %.2f us a look-up (%zu found)\n", micros(Clock::now() - start, rounds),
                found);
    start = Clock::now();
    for (std::size_t i = 0; i < rounds; ++i) {
        auto prints = some[i % some.size()];
        prints[0].exact[0] += 1;
        for (std::size_t place = i % 4; place < 64; place += 5)
            prints[0].sketch[place] ^= 1;
        found += table.find(prints, similarity, now).size();
    }
    std::printf("  nearly known: %.2f us a look-up (%zu of %zu found)\n",
                micros(Clock::now() - start, rounds), found, rounds);
}
}

int main(int argc, char** argv)
{
    if (argc == 3 && std::string_view{argv[1]} == "--fill") {
        fill(std::stoul(argv[2]));
        return 0;
    }
    if (argc < 3) {
        std::fprintf(stderr, "usage: fingerprint_replay INDEX ROOT [--tell] | --fill N\n");
        return 2;
    }
    const auto samples = read_index(argv[1], argv[2]);
    replay_online(samples);
    replay_ham(samples, argc > 3);
    replay_forwarded(samples);
    return 0;
}
