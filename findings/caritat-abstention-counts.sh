#!/usr/bin/env bash
# Package:  @node-core/caritat 1.7.0 (npm), the voting tool of the Node.js project, method SingleRound
# Guess:    a ballot of which the tool tells its voter "You are abstaining" counts for nobody.
# Happens:  it counts for every candidate. A ballot's votes are those candidates whose score is the ballot's highest; on
#           the template as it is handed out all scores are 0, so all have the highest. One vote for Ada and three
#           untouched templates are counted as 4 to 3.
# Matters:  the winner stays, the picture does not: 100 against 0 of those who chose becomes 57 against 43, a threshold
#           of votes is reached by abstaining, and the sum of the votes is larger than the number of voters. "Nothing"
#           has to be a mark of its own, in the ballot and in the count.
# Seen:     2026-11-27. Needs node 20 and npm.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund @node-core/caritat@1.7.0 >/dev/null
cat >count.mjs <<'JS'
import { readFileSync } from 'node:fs';
import Vote from './node_modules/@node-core/caritat/dist/vote.js';
import { getSummarizedBallot, summarizeCondorcetBallotForVoter } from '@node-core/caritat/summary/condorcet';
console.log('caritat', JSON.parse(readFileSync('node_modules/@node-core/caritat/package.json')).version);
const vote = new Vote();
vote.loadFromString('subject: Board\nmethod: SingleRound\ncandidates: [Ada, Ben]\n');
let told;
for (const [voter, ada] of [['first', 1], ['second', 0], ['third', 0], ['fourth', 0]]) {
  const preferences = [{ title: 'Ada', score: ada }, { title: 'Ben', score: 0 }];
  const ballot = vote.addBallotFile({ poolChecksum: vote.voteFileData.checksum, preferences }, voter);
  told = summarizeCondorcetBallotForVoter(getSummarizedBallot(ballot));
  console.log(`the ${voter} voter: ${told.replace(/\s+/g, ' ').slice(-60)}`);
}
const result = JSON.stringify([...vote.count({}).result]);
console.log('counted:', result);
if (told !== 'You are abstaining from this vote.' || result !== '[["Ada",4],["Ben",3]]') throw new Error('it behaves differently now');
JS
node count.mjs
