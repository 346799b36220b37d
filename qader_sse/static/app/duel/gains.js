// What a duel says about the skills in it, and about the time its answers took. Pure.

/** Each skill, in the order of its first question: how many questions it had, and how many each player had right. */
export function bySkill(questions) {
  const skills = new Map();
  for (const { skill, section, user_answer_details: mine, opponent_answer_details: theirs } of questions) {
    const { name } = skill ?? section;
    const before = skills.get(name) ?? { name, count: 0, mine: 0, theirs: 0 };
    const [right, rivalRight] = [mine, theirs].map((details) => (details?.is_correct ? 1 : 0));
    skills.set(name, { name, count: before.count + 1, mine: before.mine + right, theirs: before.theirs + rivalRight });
  }
  return [...skills.values()];
}

/** The whole seconds that the viewer's answer took, or null: a client need not tell. */
export function secondsTaken({ user_answer_details: details }) {
  return Number.isFinite(details?.time_taken_seconds) ? Math.round(details.time_taken_seconds) : null;
}

/** The average of those that were told, or null. */
export function averageSeconds(questions) {
  const told = questions.map(secondsTaken).filter((seconds) => seconds !== null);
  return told.length ? Math.round(told.reduce((sum, seconds) => sum + seconds) / told.length) : null;
}
