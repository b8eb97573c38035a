// SPDX-License-Identifier: Apache-2.0
#define CATCH_CONFIG_RUNNER
#include "tests/vectors/vectors.hpp"

#include <catch2/catch.hpp>

#include <cstdio>

namespace vectors {
namespace {
/// What ctest counts as skipped.
constexpr int skipped = 77;

class Body final : public Catch::ITestInvoker {
public:
    explicit Body(std::function<void()> body) : body_{std::move(body)} { }
    void invoke() const override { body_(); }

private:
    std::function<void()> body_;
};
}

std::filesystem::path folder()
{
    return std::filesystem::path{SOURCE_DIR}.parent_path() / "shared" / "vectors";
}

void add_case(const std::string& name, const std::string& tag, std::function<void()> body)
{
    // Catch2's registry takes the invoker over.
    Catch::getMutableRegistryHub().registerTest(
        Catch::makeTestCase(new Body{std::move(body)}, "", {name, "[" + tag + "]"},
                            {__FILE__, static_cast<std::size_t>(__LINE__)}));
}
}

int main(int argc, char** argv)
{
    if (!std::filesystem::is_directory(vectors::folder())) {
        std::printf("SKIPPED: no vectors in %s; NONE OF THE STANDARDS WAS CHECKED\n",
                    vectors::folder().c_str());
        return vectors::skipped;
    }
    Catch::Session session;
    vectors::add_spf_cases();
    vectors::add_dkim_cases();
    vectors::add_arc_cases();
    return session.run(argc, argv);
}
