import type { Question as Asked } from "qader-sse-client";
import type { Choice } from "@/lib/service";

const CHOICES: Choice[] = ["A", "B", "C", "D"];

interface Props {
  question: Asked;
  onChoose: (questionId: number, choice: Choice) => void;
}

export function Question({ question, onChoose }: Props) {
  return (
    <section data-question={question.id} dir="auto">
      <p>{question.question_text}</p>
      {CHOICES.map((choice) => (
        <button key={choice} data-choice={choice} onClick={() => onChoose(question.id, choice)}>
          {question.options[choice]}
        </button>
      ))}
    </section>
  );
}
