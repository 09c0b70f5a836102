// One of a few, side by side.
interface Props {
  label: string;
  value: string;
  options: (readonly [value: string, label: string])[];
  onChoose(value: string): void;
}

export function Choice({ label, value, options, onChoose }: Props) {
  return (
    <fieldset className="dash-roving dash-choice" aria-label={label}>
      {options.map(([each, text]) => (
        <button
          key={each}
          type="button"
          className="dc-button"
          aria-pressed={each === value}
          onClick={() => onChoose(each)}
        >
          {text}
        </button>
      ))}
    </fieldset>
  );
}
