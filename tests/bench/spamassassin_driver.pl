# SPDX-License-Identifier: Apache-2.0
# Judges messages whose paths come on standard input, one process for all: "SCORE TAB PATH" a line,
# then "cpu TAB SECONDS". Local rules only, nothing learnt.
use strict;
use warnings;
use Mail::SpamAssassin;

my $filter = Mail::SpamAssassin->new({
    local_tests_only => 1,
    dont_copy_prefs  => 1,
    userprefs_filename => '/dev/null',
    home_dir_for_helpers => $ARGV[0],
    post_config_text => "use_bayes 0\n",
});
$filter->compile_now(0, 1);
$| = 1;
my @start = times;
while (my $path = <STDIN>) {
    chomp $path;
    open my $file, '<:raw', $path or die "$path: $!";
    my $text = do { local $/; <$file> };
    close $file;
    my $mail = $filter->parse($text);
    my $status = $filter->check($mail);
    printf "%.1f\t%s\n", $status->get_score, $path;
    $status->finish;
    $mail->finish;
}
my @end = times;
printf "cpu\t%.3f\n", $end[0] + $end[1] - $start[0] - $start[1];
