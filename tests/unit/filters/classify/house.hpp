// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/classify/classifier.hpp"
#include "storage/sqlite/lesson_book.hpp"
#include "tests/support/loop.hpp"

#include <filesystem>
#include <fstream>
#include <optional>
#include <stdlib.h>
#include <string>

namespace filters::classify {
using namespace std::chrono_literals;
using content::Features;

inline mail::MailId id(std::uint64_t number) { return mail::MailId{number}; }

/// A data directory that outlives the classifier in it.
struct House {
    House()
    {
        std::string name = (std::filesystem::temp_directory_path() / "lessons-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        start();
    }
    ~House()
    {
        classifier.reset();
        book.reset();
        std::filesystem::remove_all(folder);
    }
    void start()
    {
        book = std::make_unique<storage::sqlite::LessonBook>(folder, storage::Files::real());
        classifier = std::make_unique<Classifier>(folder, *book);
    }
    void restart()
    {
        classifier.reset();
        book.reset();
        start();
    }
    /// The files as they are on the disk now, and a process that begins with them.
    void kill()
    {
        const auto copy = folder + ".copy";
        std::filesystem::copy(folder, copy, std::filesystem::copy_options::recursive);
        classifier.reset();
        book.reset();
        std::filesystem::remove_all(folder);
        std::filesystem::rename(copy, folder);
        start();
    }
    template <class Result> Result wait(net::awaitable<Result> work)
    {
        std::optional<Result> result;
        const auto into
            = [](net::awaitable<Result> from, std::optional<Result>& to) -> net::awaitable<void> {
            to = co_await std::move(from);
        };
        net::Loop loop{net::Env::real()};
        support::run(loop, into(std::move(work), result));
        return *result;
    }
    /// As once a minute; what is older than an hour goes.
    void write(storage::WallTime when)
    {
        const auto work = [](Classifier& one, storage::WallTime at) -> net::awaitable<int> {
            co_await one.write(at, 1h);
            co_return 0;
        };
        wait(work(*classifier, when));
    }
    Classifier::Outcome learn(std::uint64_t mail, Label label, const Features& features,
                              std::string who = {})
    {
        return wait(classifier->learn({id(mail), now, label, std::move(who)}, features));
    }
    Classifier::Outcome unlearn(std::uint64_t mail, std::string who = {})
    {
        return wait(classifier->unlearn(id(mail), now, std::move(who)));
    }
    unsigned lessons(Label label) const { return classifier->model().lessons(label); }
    /// What a full disk or a dying one leaves of a file, from its second page on.
    void damage(const std::string& name) const
    {
        const auto path = folder + "/" + name;
        const auto size = std::filesystem::file_size(path);
        std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
        file.seekp(16384);
        file << std::string(size - 16384, '\xa5');
    }
    double logit(const Features& features) const
    {
        return classifier->model().judge(features).logit;
    }

    std::string folder;
    storage::WallTime now{1000h};
    std::unique_ptr<storage::sqlite::LessonBook> book;
    std::unique_ptr<Classifier> classifier;
    const Features spam{{1, 2, 3, 4}, {1, 2}, {}}, ham{{3, 4, 5, 6}, {5, 6}, {}};
};
}
