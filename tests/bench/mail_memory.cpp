// SPDX-License-Identifier: Apache-2.0
// The memory of what came in: octets on disk, resident memory and look-up times for ten million
// mails, or as many as MAILS says.
#include "storage/mail_memory.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace {
using storage::MailMemory;
using storage::RememberedMail;

std::uint64_t mixed(std::uint64_t value)
{
    value = (value ^ value >> 31) * 0x9E3779B97F4A7C15ULL;
    return (value ^ value >> 29) * 0xBF58476D1CE4E5B9ULL | 1;
}

RememberedMail mail_number(std::uint64_t n)
{
    RememberedMail mail;
    mail.message_id = mixed(n * 8);
    mail.body = mixed(n * 8 + 1);
    for (std::size_t i = 0; i < mail.bands.size(); ++i)
        mail.bands[i] = static_cast<std::uint32_t>(mixed(n * 8 + 2 + i) >> 16);
    mail.mail = n;
    mail.time = static_cast<std::uint32_t>(n / 100);
    return mail;
}

double resident_mib()
{
    std::ifstream file{"/proc/self/statm"};
    double pages = 0, resident = 0;
    file >> pages >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

/// Filled once, gone with the program.
struct Filled {
    Filled()
    {
        const char* wanted = std::getenv("MAILS");
        mails = wanted ? std::strtoull(wanted, nullptr, 10) : 10'000'000;
        std::filesystem::remove_all(folder);
        memory = std::move(*MailMemory::open(folder, {.mails = mails + mails / 5}));
        const auto begun = std::chrono::steady_clock::now();
        for (std::uint64_t n = 1; n <= mails; ++n)
            memory->remember(mail_number(n));
        filling = std::chrono::steady_clock::now() - begun;
    }
    ~Filled()
    {
        memory.reset();
        std::filesystem::remove_all(folder);
    }
    const std::string folder
        = (std::filesystem::temp_directory_path() / ("mail-memory-" + std::to_string(::getpid())))
              .string();
    std::uint64_t mails = 0;
    std::unique_ptr<MailMemory> memory;
    std::chrono::duration<double> filling{};
};

Filled& filled()
{
    static Filled made;
    return made;
}

void look_up(benchmark::State& state, std::uint64_t offset)
{
    Filled& all = filled();
    const MailMemory::WallTime now{std::chrono::seconds{all.mails / 100}};
    std::uint64_t n = 0, found = 0;
    for (auto _ : state)
        found += all.memory->find(mail_number(mixed(++n) % all.mails + 1 + offset), now).size();
    state.counters["found"] = static_cast<double>(found) / static_cast<double>(state.iterations());
    state.counters["mails"] = static_cast<double>(all.memory->size());
    state.counters["disk_MiB"] = static_cast<double>(all.memory->bytes()) / (1 << 20);
    state.counters["resident_MiB"] = resident_mib();
    state.counters["remember_us"] = all.filling.count() * 1e6 / static_cast<double>(all.mails);
}

void known(benchmark::State& state) { look_up(state, 0); }
void unknown(benchmark::State& state) { look_up(state, filled().mails); }
BENCHMARK(known)->Unit(benchmark::kMicrosecond);
BENCHMARK(unknown)->Unit(benchmark::kMicrosecond);
}

BENCHMARK_MAIN();
